import type { ServiceRequest, Task } from '@medplum/fhirtypes';
import { claiming, PROFILES } from '../fhir/claims.ts';
import type { Stored, UnitOfWork } from '../fhir/store/unit-of-work.ts';
import { FULFILL, SYSTEMS } from '../loops/words.ts';
import { type ReferralDeps, recordConsequence, type StoredTask, tellOwner } from './task-changes.ts';

/**
 * Asks one organization: the hub makes its own ServiceRequest (`filler-order`, based on the sender's, which is never
 * edited) and its own Task (part of the sender's), and has the organization told.
 * @see https://hl7.org/fhir/us/sdoh-clinicalcare/STU2/referral_workflow.html
 */
export async function offerLeg(
  unit: UnitOfWork,
  deps: ReferralDeps,
  root: StoredTask,
  request: Stored<ServiceRequest>,
  organizationId: string,
): Promise<StoredTask> {
  const order = await unit.create(fillerOrder(unit, deps, request, organizationId), { byHub: true });
  const leg = await unit.create(legTask(unit, deps, root, order.id, organizationId), { byHub: true });
  recordConsequence(unit, deps, root.id, leg, [{ from: null, to: 'requested', implied: false }]);
  tellOwner(unit, 'offer', root.id, leg, organizationId);
  return leg;
}

function fillerOrder(
  unit: UnitOfWork,
  deps: ReferralDeps,
  request: Stored<ServiceRequest>,
  organizationId: string,
): Stored<ServiceRequest> {
  const id = unit.newId();
  const { meta, text: _text, identifier: _identifier, ...asked } = request;
  const order: Stored<ServiceRequest> = {
    ...asked,
    id,
    ...(meta?.profile || meta?.security
      ? {
          meta: {
            ...(meta.profile ? { profile: meta.profile } : {}),
            ...(meta.security ? { security: meta.security } : {}),
          },
        }
      : {}),
    identifier: [{ system: SYSTEMS.request, value: id }],
    basedOn: [{ reference: `ServiceRequest/${request.id}` }],
    status: 'active',
    intent: 'filler-order',
    authoredOn: unit.now.toISOString(),
    requester: { reference: `Organization/${deps.hubOrg}` },
    performer: [{ reference: `Organization/${organizationId}` }],
  };
  return asked.code?.coding ? claiming(order, PROFILES.referralRequest) : order;
}

function legTask(
  unit: UnitOfWork,
  deps: ReferralDeps,
  root: StoredTask,
  orderId: string,
  organizationId: string,
): StoredTask {
  const id = unit.newId();
  const { description, priority, restriction, input, note } = root;
  const leg: StoredTask = {
    resourceType: 'Task',
    id,
    ...(root.meta?.profile ? { meta: { profile: root.meta.profile } } : {}),
    identifier: [{ system: SYSTEMS.task, value: id }],
    partOf: [{ reference: `Task/${root.id}` }],
    status: 'requested',
    intent: 'order',
    code: FULFILL,
    focus: { reference: `ServiceRequest/${orderId}` },
    ...(root.for ? { for: root.for } : {}),
    authoredOn: unit.now.toISOString(),
    requester: { reference: `Organization/${deps.hubOrg}` },
    owner: { reference: `Organization/${organizationId}` },
    ...defined({ description, priority, restriction, input, note }),
  };
  return root.for ? claiming(leg, PROFILES.referralTask) : leg;
}

function defined(values: { [Name in keyof Task]?: Task[Name] | undefined }): Partial<Task> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<Task>;
}
