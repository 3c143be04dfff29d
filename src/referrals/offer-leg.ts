import type { ServiceRequest, Task } from '@medplum/fhirtypes';
import { claimingWhatHolds, PROFILES } from '../fhir/claims.ts';
import type { Stored, UnitOfWork } from '../fhir/store/unit-of-work.ts';
import { FULFILL, SYSTEMS } from '../loops/words.ts';
import { clientOf, newOrder } from './request/order.ts';
import { type ReferralDeps, recordConsequence, type StoredTask, tellOwner } from './task-changes.ts';

/**
 * Asks one organization: the hub makes its own ServiceRequest (`filler-order`, based on the sender's, which is never
 * edited) and its own Task (part of the sender's), and has the organization told.
 * @param group of those that are asked for the same at once: the first that accepts has it
 * @see https://hl7.org/fhir/us/sdoh-clinicalcare/STU2/referral_workflow.html
 */
export async function offerLeg(
  unit: UnitOfWork,
  deps: ReferralDeps,
  root: StoredTask,
  request: Stored<ServiceRequest>,
  organizationId: string,
  group?: string,
): Promise<StoredTask> {
  const asked = { root, request };
  const order = await unit.create(newOrder(unit, deps, asked, organizationId), { byHub: true });
  const about = clientOf(deps, asked);
  const leg = await unit.create(legTask(unit, deps, root, { about, orderId: order.id, organizationId, group }), {
    byHub: true,
  });
  recordConsequence(unit, deps, root.id, leg, [{ from: null, to: 'requested', implied: false }]);
  tellOwner(unit, 'offer', root.id, leg, organizationId);
  return leg;
}

interface Asking {
  /** The client, as who is asked is told it. */
  readonly about: Task['for'];
  readonly orderId: string;
  readonly organizationId: string;
  readonly group: string | undefined;
}

function legTask(
  unit: UnitOfWork,
  deps: ReferralDeps,
  root: StoredTask,
  { about, orderId, organizationId, group }: Asking,
): StoredTask {
  const id = unit.newId();
  const { description, priority, restriction, input, note } = root;
  const leg: StoredTask = {
    resourceType: 'Task',
    id,
    identifier: [{ system: SYSTEMS.task, value: id }],
    partOf: [{ reference: `Task/${root.id}` }],
    ...(group ? { groupIdentifier: { system: SYSTEMS.offer, value: group } } : {}),
    status: 'requested',
    intent: 'order',
    code: FULFILL,
    focus: { reference: `ServiceRequest/${orderId}` },
    ...(about ? { for: about } : {}),
    authoredOn: unit.now.toISOString(),
    requester: { reference: `Organization/${deps.hubOrg}` },
    owner: { reference: `Organization/${organizationId}` },
    ...defined({ description, priority, restriction, input, note }),
  };
  const claimed = root.meta?.profile ?? [];
  return claimingWhatHolds(
    leg,
    [...claimed, PROFILES.referralTask],
    (profile) => claimed.includes(profile) || root.for !== undefined,
  );
}

function defined(values: { [Name in keyof Task]?: Task[Name] | undefined }): Partial<Task> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<Task>;
}
