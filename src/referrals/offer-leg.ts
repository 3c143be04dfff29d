import type { Reference, ServiceRequest, Task } from '@medplum/fhirtypes';
import { claimingWhatHolds, PROFILES } from '../fhir/claims.ts';
import type { Stored, UnitOfWork } from '../fhir/store/unit-of-work.ts';
import { kindOf } from '../loops/projection/records.ts';
import { FULFILL, SYSTEMS } from '../loops/words.ts';
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
  const { demographics } = deps.policies.of(kindOf({ root, request }));
  // Who is not shown the client's name is not told it by a reference either.
  const isNamed = demographics?.includes('name') ?? true;
  const [asking, asked] = isNamed ? [root, request] : [unnamed(root, 'for'), unnamed(request, 'subject')];
  const order = await unit.create(fillerOrder(unit, deps, asked, organizationId), { byHub: true });
  const leg = await unit.create(legTask(unit, deps, asking, { orderId: order.id, organizationId, group }), {
    byHub: true,
  });
  recordConsequence(unit, deps, root.id, leg, [{ from: null, to: 'requested', implied: false }]);
  tellOwner(unit, 'offer', root.id, leg, organizationId);
  return leg;
}

function unnamed<Name extends 'for' | 'subject', T extends { readonly [Key in Name]?: Reference }>(
  about: T,
  name: Name,
): T {
  const { display: _display, ...reference } = about[name] ?? {};
  return about[name] ? { ...about, [name]: reference } : about;
}

function fillerOrder(
  unit: UnitOfWork,
  deps: ReferralDeps,
  request: Stored<ServiceRequest>,
  organizationId: string,
): Stored<ServiceRequest> {
  const id = unit.newId();
  const { meta, text: _text, identifier: _identifier, replaces: _replaces, ...asked } = request;
  const order: Stored<ServiceRequest> = {
    ...asked,
    id,
    ...(meta?.security ? { meta: { security: meta.security } } : {}),
    identifier: [{ system: SYSTEMS.request, value: id }],
    basedOn: [{ reference: `ServiceRequest/${request.id}` }],
    status: 'active',
    intent: 'filler-order',
    authoredOn: unit.now.toISOString(),
    requester: { reference: `Organization/${deps.hubOrg}` },
    performer: [{ reference: `Organization/${organizationId}` }],
  };
  const claimed = meta?.profile ?? [];
  return claimingWhatHolds(
    order,
    [...claimed, PROFILES.referralRequest],
    (profile) => claimed.includes(profile) || hasPublishedCode(asked),
  );
}

/** Code systems that the SDOHCC profile takes a procedure's code from. @see https://hl7.org/fhir/us/core/STU7/ValueSet-us-core-procedure-code.html */
const PROCEDURE_SYSTEMS: ReadonlySet<string> = new Set([
  'http://snomed.info/sct',
  'http://loinc.org',
  'http://www.ama-assn.org/go/cpt',
  'http://www.ada.org/cdt',
  'http://www.cms.gov/Medicare/Coding/ICD10',
  'https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets',
]);

function hasPublishedCode({ code, category }: Pick<ServiceRequest, 'code' | 'category'>): boolean {
  const codings = code?.coding ?? [];
  return category !== undefined && codings.some(({ system }) => PROCEDURE_SYSTEMS.has(system ?? ''));
}

function legTask(
  unit: UnitOfWork,
  deps: ReferralDeps,
  root: StoredTask,
  { orderId, organizationId, group }: { orderId: string; organizationId: string; group: string | undefined },
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
    ...(root.for ? { for: root.for } : {}),
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
