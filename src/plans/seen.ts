import type { UnitOfWork } from '../fhir/store/unit-of-work.ts';
import type { Plan } from './plan.ts';
import { noSuchPlan } from './store.ts';

/**
 * A plan as who asks may see it: what of it is part of a mandated report is left out for people whose role that is not.
 * The plan itself is read and written whole, so that nothing of it is lost.
 * @returns undefined where the plan itself is not there for them
 */
export async function asSeen(unit: UnitOfWork, plan: Plan): Promise<Plan | undefined> {
  const sees = async (type: string, id: string | undefined): Promise<boolean> =>
    id === undefined || (await unit.find(type, id)) !== undefined;
  if (!(await sees('CarePlan', plan.id))) return undefined;
  const needs = await those(plan.needs, ({ id }) => sees('Condition', id));
  const goals = await those(plan.goals, ({ id }) => sees('Goal', id));
  const activities = await those(plan.activities, ({ requestId }) => sees('ServiceRequest', requestId));
  const [needIds, goalIds] = [new Set(needs.map(({ id }) => id)), new Set(goals.map(({ id }) => id))];
  return {
    ...plan,
    needs,
    goals: goals.map((goal) => ({ ...goal, needIds: goal.needIds.filter((id) => needIds.has(id)) })),
    activities: activities.map((each) => ({ ...each, goalIds: each.goalIds.filter((id) => goalIds.has(id)) })),
  };
}

/** @throws AppError (404) where the plan is not there for who asks */
export async function requireSeen(unit: UnitOfWork, planId: string): Promise<void> {
  if ((await unit.find('CarePlan', planId)) === undefined) throw noSuchPlan();
}

async function those<T>(all: readonly T[], isSeen: (each: T) => Promise<boolean>): Promise<T[]> {
  const seen = await Promise.all(all.map(isSeen));
  return all.filter((_, at) => seen[at]);
}
