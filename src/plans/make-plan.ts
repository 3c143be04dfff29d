import { isDeepStrictEqual } from 'node:util';
import type { Resource } from '@medplum/fhirtypes';
import { AppError } from '../errors.ts';
import type { Acting, UnitOfWork } from '../fhir/store/unit-of-work.ts';
import { validate } from '../fhir/validate/validate.ts';
import { present } from './kept.ts';
import type { Activity, Goal, Need, Plan, PlanInput } from './plan.ts';
import { type PlanContext, toFhir } from './to-fhir.ts';

/**
 * A case manager makes a plan for a client.
 * @throws AppError when the client or a responsible organization is not known here
 */
export async function makePlan(unit: UnitOfWork, context: PlanContext, input: PlanInput): Promise<Plan> {
  const plan = planFrom(input, unit.newId);
  await requireKnown(unit, input);
  await writePlan(unit, context, plan);
  return plan;
}

/** Writes a plan's own resources: CarePlan, Conditions and Goals. ServiceRequests are written when they are sent. */
export async function writePlan(
  unit: UnitOfWork,
  context: PlanContext,
  plan: Plan,
  acting: Acting = {},
): Promise<void> {
  const { carePlan, conditions, goals } = toFhir(plan, context);
  for (const resource of [...conditions, ...goals, carePlan]) {
    validate(resource);
    const current = await unit.find(resource.resourceType, resource.id, acting);
    if (!current || !saysTheSame(current, resource)) await unit.put(resource, acting);
  }
}

function saysTheSame(current: Resource, resource: Resource): boolean {
  const said = ({ meta: _meta, ...rest }: Resource): unknown => JSON.parse(JSON.stringify(rest));
  return isDeepStrictEqual(said(current), said(resource));
}

/** Gives what a case manager wrote its ids. Pure but for them. */
function planFrom(input: PlanInput, newId: () => string): Plan {
  const needs: Need[] = input.needs.map((need) => present({ ...need, id: newId() }) as Need);
  const goals: Goal[] = input.goals.map(
    ({ needs: places, ...goal }) =>
      present({ ...goal, id: newId(), needIds: idsAt(needs, places), outcomes: [] }) as Goal,
  );
  const activities: Activity[] = input.activities.map(
    ({ goals: places, ...activity }) =>
      present({ ...activity, id: newId(), goalIds: idsAt(goals, places), outcomes: [] }) as Activity,
  );
  const { clientId, title, start, reviewDue } = input;
  return present({ id: newId(), clientId, title, start, reviewDue, needs, goals, activities }) as Plan;
}

function idsAt(list: readonly { id: string }[], places: readonly number[]): string[] {
  return places.flatMap((place) => list[place]?.id ?? []);
}

async function requireKnown(unit: UnitOfWork, input: PlanInput): Promise<void> {
  const organizations = input.activities.flatMap(({ responsible }, at) =>
    responsible.kind === 'organization' ? [{ id: responsible.id, at }] : [],
  );
  const missing = await unit.missing([
    { type: 'Patient', id: input.clientId },
    ...organizations.map(({ id }) => ({ type: 'Organization', id })),
  ]);
  const issues = [
    ...(missing.has(`Patient/${input.clientId}`)
      ? [{ text: `There is no client ${input.clientId} here. Create the Patient first.`, expression: 'clientId' }]
      : []),
    ...organizations
      .filter(({ id }) => missing.has(`Organization/${id}`))
      .map(({ id, at }) => ({
        text: `There is no organization ${id} here.`,
        expression: `activities.${at}.responsible.id`,
      })),
  ];
  if (issues.length > 0)
    throw new AppError('unprocessable', 'plan.unknown-party', 'The plan names somebody who is not known here.', {
      issues,
    });
}
