import type { CarePlan, ServiceRequest, Task } from '@medplum/fhirtypes';
import { AppError } from '../errors.ts';
import { PROFILES } from '../fhir/claims.ts';
import type { UnitOfWork } from '../fhir/store/unit-of-work.ts';
import { FULFILL, SYSTEMS } from '../loops/words.ts';
import { writePlan } from './make-plan.ts';
import type { Activity, Plan } from './plan.ts';
import { lockPlan } from './store.ts';
import { type PlanContext, requestOf } from './to-fhir.ts';

/**
 * Sends an activity of a plan: it becomes a ServiceRequest based on the CarePlan and a Task, which travel like any
 * referral; its goals are under way.
 * @returns the id of the loop
 */
export async function sendActivity(
  unit: UnitOfWork,
  context: PlanContext,
  planId: string,
  activityId: string,
): Promise<{ loopId: string }> {
  const plan = await lockPlan(unit, context, planId);
  const activity = requireSendable(plan, activityId);
  const sent: Activity = { ...activity, requestId: unit.newId() };
  const request = await unit.put<ServiceRequest>({
    ...requestOf(sent, plan, context),
    ...programmesOf(plan),
    authoredOn: unit.now.toISOString(),
  });
  const task = await unit.create<Task>(taskFor(unit, context, plan, request));
  await writePlan(unit, context, underWay(plan, sent));
  return { loopId: task.id };
}

/** A referral of a plan is of the programme that the plan follows. */
function programmesOf({ kept }: Plan): Pick<ServiceRequest, 'instantiatesCanonical'> {
  const { instantiatesCanonical } = (kept ?? {}) as Pick<CarePlan, 'instantiatesCanonical'>;
  return instantiatesCanonical ? { instantiatesCanonical } : {};
}

function requireSendable(plan: Plan, activityId: string): Activity {
  const activity = plan.activities.find(({ id }) => id === activityId);
  if (!activity) throw new AppError('notFound', 'plan.no-activity', 'There is no such activity in this plan.');
  if (activity.requestId)
    throw refused('plan.sent-already', 'This activity was sent before. Follow its loop, or add another activity.');
  if (activity.responsible.kind === 'case-manager' || activity.responsible.kind === 'client') {
    throw refused(
      'plan.not-a-referral',
      'This activity is not for another organization, so there is nobody to send it to.',
    );
  }
  return activity;
}

function refused(code: string, text: string): AppError {
  return new AppError('unprocessable', code, text, { issues: [{ text, expression: 'activityId' }] });
}

function taskFor(
  unit: UnitOfWork,
  context: PlanContext,
  plan: Plan,
  request: ServiceRequest & { id: string },
): Task & { id: string } {
  const id = unit.newId();
  const hub = { reference: `Organization/${context.hubOrg}` };
  return {
    resourceType: 'Task',
    id,
    meta: { profile: [PROFILES.referralTask] },
    identifier: [{ system: SYSTEMS.task, value: id }],
    basedOn: [{ reference: `CarePlan/${plan.id}` }],
    status: 'requested',
    intent: 'order',
    code: FULFILL,
    focus: { reference: `ServiceRequest/${request.id}` },
    for: { reference: `Patient/${plan.clientId}` },
    authoredOn: unit.now.toISOString(),
    requester: hub,
    owner: hub,
  };
}

/** The plan once an activity is under way: it refers to its request, and its goals are being worked on. */
function underWay(plan: Plan, sent: Activity): Plan {
  return {
    ...plan,
    activities: plan.activities.map((each) => (each.id === sent.id ? withoutKept(sent) : each)),
    goals: plan.goals.map((goal) =>
      sent.goalIds.includes(goal.id) && !goal.achievement ? { ...goal, achievement: 'in-progress' } : goal,
    ),
  };
}

/** What was kept of the CarePlan's activity detail has no place beside a reference. */
function withoutKept({ kept: _kept, ...activity }: Activity): Activity {
  return activity;
}
