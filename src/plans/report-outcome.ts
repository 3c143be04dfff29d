import type { Task, TaskOutput } from '@medplum/fhirtypes';
import { idOf } from '../fhir/references.ts';
import type { FinishRule } from '../fhir/store/transact.ts';
import { BY_HUB, type UnitOfWork } from '../fhir/store/unit-of-work.ts';
import { isReferralTask } from '../loops/words.ts';
import { present } from './kept.ts';
import { writePlan } from './make-plan.ts';
import type { Achievement, Activity, Goal, Plan } from './plan.ts';
import { lockPlan, plansOfRequest } from './store.ts';
import type { PlanContext } from './to-fhir.ts';

/** What came of a referral is written into every plan it is part of, in the transaction in which the hub learns it. */
export function reportToPlans(context: PlanContext): FinishRule {
  return async (unit) => {
    for (const task of endedReferrals(unit)) {
      const requestId = idOf('ServiceRequest', task.focus) ?? '';
      for (const planId of await plansOfRequest(unit, requestId)) {
        const plan = await lockPlan(unit, context, planId);
        await writePlan(unit, context, withOutcome(plan, requestId, task), BY_HUB);
      }
    }
  };
}

function endedReferrals(unit: UnitOfWork): Task[] {
  const changed = unit.changes.filter(({ type, before, after }) => type === 'Task' && after && before !== after);
  const roots = changed
    .map(({ after }) => after as Task)
    .filter((task) => isReferralTask(task) && !task.partOf?.length);
  return roots.filter(
    ({ status, output }) =>
      status === 'completed' || status === 'failed' || status === 'cancelled' || (output ?? []).length > 0,
  );
}

/** A plan with the outcome of one of its activities, and the progress that means for its goals. Pure. */
export function withOutcome(plan: Plan, requestId: string, task: Task): Plan {
  const activity = plan.activities.find((each) => each.requestId === requestId);
  if (!activity) return plan;
  const outcomes = (task.output ?? []).flatMap(outcomeOf);
  return {
    ...plan,
    activities: plan.activities.map((each) => (each.id === activity.id ? { ...each, outcomes } : each)),
    goals: plan.goals.map((goal) => (activity.goalIds.includes(goal.id) ? withProgress(goal, task) : goal)),
  };
}

function outcomeOf({ valueReference }: TaskOutput): Activity['outcomes'] {
  return valueReference?.reference
    ? [present({ reference: valueReference.reference, text: valueReference.display }) as Activity['outcomes'][number]]
    : [];
}

/** A finished referral moves a goal on, but only people say that a goal is achieved. */
function withProgress(goal: Goal, task: Task): Goal {
  const texts = (task.output ?? []).flatMap(outputText);
  const outcomes = [...goal.outcomes, ...texts.filter((text) => !goal.outcomes.includes(text))];
  const achievement = goal.achievement === 'achieved' ? goal.achievement : progressFrom(task, goal.achievement);
  return present({ ...goal, outcomes, achievement }) as Goal;
}

function progressFrom(task: Task, known: Achievement | undefined): Achievement | undefined {
  if (task.status === 'completed') return 'improving';
  return task.status === 'failed' || task.status === 'cancelled' ? 'no-progress' : known;
}

function outputText(output: TaskOutput): string[] {
  const text =
    output.valueReference?.display ??
    output.valueCodeableConcept?.text ??
    output.valueCodeableConcept?.coding?.[0]?.display ??
    output.valueString;
  return text ? [text] : [];
}
