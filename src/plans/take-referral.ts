import type { Patient, ServiceRequest, Task } from '@medplum/fhirtypes';
import { AppError } from '../errors.ts';
import { idOf } from '../fhir/references.ts';
import type { Stored, UnitOfWork } from '../fhir/store/unit-of-work.ts';
import { writePlan } from './make-plan.ts';
import type { Activity, Plan } from './plan.ts';
import { lockPlan } from './store.ts';
import type { PlanContext } from './to-fhir.ts';

/**
 * Takes a referral somebody sent into its client's plan: it becomes one of the plan's activities, and what comes of it
 * is seen there.
 */
export async function takeReferral(
  unit: UnitOfWork,
  context: PlanContext,
  loopId: string,
  planId: string,
): Promise<Plan> {
  const request = await requestOfLoop(unit, loopId);
  const plan = await lockPlan(unit, context, planId);
  await requireSameClient(unit, plan, request);
  if (plan.activities.some(({ requestId }) => requestId === request.id)) {
    throw refused('plan.taken-already', 'This referral is in the plan already.', 'loopId');
  }
  const taken = { ...plan, activities: [...plan.activities, activityFor(unit, request)] };
  await writePlan(unit, context, taken);
  return lockPlan(unit, context, planId);
}

async function requestOfLoop(unit: UnitOfWork, loopId: string): Promise<Stored<ServiceRequest>> {
  const task = await unit.find<Task>('Task', loopId);
  const id = idOf('ServiceRequest', task?.focus);
  const request = id ? await unit.find<ServiceRequest>('ServiceRequest', id) : undefined;
  if (request) return request;
  throw new AppError('notFound', 'loops.not-found', 'There is no such loop.');
}

async function requireSameClient(unit: UnitOfWork, plan: Plan, request: ServiceRequest): Promise<void> {
  const referred = idOf('Patient', request.subject);
  if (referred === plan.clientId) return;
  const [theirs, ours] = await Promise.all([
    unit.find<Patient>('Patient', referred ?? ''),
    unit.find<Patient>('Patient', plan.clientId),
  ]);
  const linked = [theirs, ours].some((patient) =>
    patient?.link?.some(({ other }) => [referred, plan.clientId].includes(idOf('Patient', other))),
  );
  if (linked) return;
  throw refused(
    'plan.other-client',
    'The referral is for another client than the plan. If both are the same person, link the two Patients first (Patient.link).',
    'planId',
  );
}

function activityFor(unit: UnitOfWork, request: Stored<ServiceRequest>): Activity {
  return {
    id: unit.newId(),
    text: request.code?.text ?? request.code?.coding?.[0]?.display ?? 'Referral',
    responsible: { kind: 'any-matching-service' },
    due: request.occurrencePeriod?.end?.slice(0, 10) ?? unit.now.toISOString().slice(0, 10),
    goalIds: [],
    requestId: request.id,
    outcomes: [],
  };
}

function refused(code: string, text: string, expression: string): AppError {
  return new AppError('unprocessable', code, text, { issues: [{ text, expression }] });
}
