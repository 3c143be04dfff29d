import type {
  Goal,
  GoalTarget,
  PlanDefinition,
  PlanDefinitionGoal,
  PlanDefinitionGoalTarget,
} from '@medplum/fhirtypes';
import { momentAfter } from '../moments.ts';
import { note } from '../notes.ts';
import { type ApplyWork, subjectOf } from './apply-work.ts';

/** The goals of a plan for the subject, by the ids its actions name them by. */
export function applyGoals(work: ApplyWork, plan: PlanDefinition, prefix: string): ReadonlyMap<string, Goal> {
  const goals = new Map<string, Goal>();
  for (const [at, each] of (plan.goal ?? []).entries()) {
    const goal = goalOf(work, each, `${prefix}goal-${at + 1}`, `PlanDefinition.goal[${at}]`);
    work.contained.push(goal);
    goals.set(each.id ?? `${at}`, goal);
  }
  return goals;
}

function goalOf(work: ApplyWork, goal: PlanDefinitionGoal, id: string, place: string): Goal {
  const { category, description, priority, start, target = [] } = goal;
  return {
    resourceType: 'Goal',
    id,
    lifecycleStatus: 'proposed',
    ...(category ? { category: [category] } : {}),
    ...(priority ? { priority } : {}),
    description,
    subject: subjectOf(work) as Goal['subject'],
    ...(start ? { startCodeableConcept: start } : {}),
    ...(target.length > 0 ? { target: target.map((each, at) => targetOf(work, each, `${place}.target[${at}]`)) } : {}),
  };
}

function targetOf(work: ApplyWork, { due, measure, ...detail }: PlanDefinitionGoalTarget, place: string): GoalTarget {
  const moment = due && momentAfter(work.budget.now, due);
  if (due && !moment)
    note(work.notes, 'When this is due cannot be counted: its unit is not known. It has no date.', `${place}.due`);
  const { detailQuantity, detailRange, detailCodeableConcept } = detail;
  // A detail without what is measured means nothing.
  const held = measure ? { measure, detailQuantity, detailRange, detailCodeableConcept } : {};
  const known = Object.entries(held).filter(([, value]) => value !== undefined);
  return { ...Object.fromEntries(known), ...(moment ? { dueDate: moment.toISOString().slice(0, 10) } : {}) };
}
