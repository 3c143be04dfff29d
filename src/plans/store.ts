import type { CarePlan, Condition, Goal, ServiceRequest } from '@medplum/fhirtypes';
import { AppError } from '../errors.ts';
import { idOf } from '../fhir/references.ts';
import { BY_HUB, type Stored, type UnitOfWork } from '../fhir/store/unit-of-work.ts';
import { fromFhir } from './from-fhir.ts';
import type { Plan } from './plan.ts';
import type { PlanContext } from './to-fhir.ts';

/** Takes a plan until the transaction ends, and reads it. @throws AppError (404) */
export async function lockPlan(unit: UnitOfWork, context: PlanContext, id: string): Promise<Plan> {
  const carePlan = await unit.lock<CarePlan>('CarePlan', id, BY_HUB);
  if (carePlan) return planOf(unit, context, carePlan);
  throw noSuchPlan();
}

export function noSuchPlan(): AppError {
  return new AppError('notFound', 'plan.not-found', 'There is no such plan.');
}

async function planOf(unit: UnitOfWork, context: PlanContext, carePlan: Stored<CarePlan>): Promise<Plan> {
  const requestIds = (carePlan.activity ?? []).flatMap(({ reference }) => idOf('ServiceRequest', reference) ?? []);
  return fromFhir(
    {
      carePlan,
      conditions: await all<Condition>(unit, 'Condition', referred('Condition', carePlan.addresses)),
      goals: await all<Goal>(unit, 'Goal', referred('Goal', carePlan.goal)),
      requests: await all<ServiceRequest>(unit, 'ServiceRequest', requestIds),
    },
    context,
  );
}

function referred(type: string, references: readonly { reference?: string }[] | undefined): string[] {
  return (references ?? []).flatMap((reference) => idOf(type, reference) ?? []);
}

async function all<T extends Condition | Goal | ServiceRequest>(
  unit: UnitOfWork,
  type: T['resourceType'],
  ids: readonly string[],
): Promise<Stored<T>[]> {
  const found = await Promise.all(ids.map((id) => unit.find<T>(type, id, BY_HUB)));
  return found.flatMap((resource) => (resource ? [resource] : []));
}

/** The plans with given index keys. */
export const PLANS_SQL = `SELECT id FROM resource WHERE type = 'CarePlan' AND NOT deleted AND tokens @> $1::text[] ORDER BY id`;

export async function plansOfRequest(unit: UnitOfWork, requestId: string): Promise<string[]> {
  const rows = await unit.tx.query<{ id: string }>(PLANS_SQL, [
    [`CarePlan.activity-reference=ServiceRequest/${requestId}`],
  ]);
  return rows.map(({ id }) => id);
}

/** A client's plans. */
export async function plansOfClient(unit: UnitOfWork, context: PlanContext, clientId: string): Promise<Plan[]> {
  const rows = await unit.tx.query<{ id: string }>(PLANS_SQL, [[`CarePlan.subject=Patient/${clientId}`]]);
  const carePlans = await Promise.all(rows.map(({ id }) => unit.find<CarePlan>('CarePlan', id, BY_HUB)));
  return Promise.all(carePlans.filter((each) => each !== undefined).map((each) => planOf(unit, context, each)));
}
