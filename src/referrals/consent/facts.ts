import type { Task } from '@medplum/fhirtypes';
import { consentsWith, loadRecipient } from '../../access/consent/load-consents.ts';
import type { ConsentPolicy } from '../../access/consent/policy.ts';
import { lockNames } from '../../db/locks.ts';
import { organizationBehind } from '../../directory/directory.ts';
import { isRestricted, RESTRICTED_LABEL } from '../../fhir/sharing/restricted.ts';
import { BY_HUB, type UnitOfWork } from '../../fhir/store/unit-of-work.ts';
import type { Case, Facts } from './rulings.ts';

/** The name under which what concerns the consents of a client is done one after the other. */
export function consentLock(client: string): string {
  return `consent Patient/${client}`;
}

/** What cases are decided by. A change of a Consent at the same time comes before, or sees what is shared here. */
export async function factsOf(unit: UnitOfWork, policy: ConsentPolicy, cases: readonly Case[]): Promise<Facts> {
  const clients = [...new Set(cases.flatMap((each) => each.clients))];
  await lockNames(unit.tx, clients.map(consentLock));
  const consents = await consentsWith(unit, clients);
  const plain = consents.size === 0 && cases.every(({ resource }) => resource.labels.length === 0);
  const organizations = plain ? [] : [...new Set(cases.map(({ share }) => share.organizationId))];
  const recipients = await Promise.all(organizations.map((id) => loadRecipient(unit.tx, id)));
  return {
    consents,
    recipients: new Map(recipients.map((each) => [each.organizationId, each])),
    senders: plain ? new Map() : await sendersOf(unit, policy, cases),
    reports: await reportsOf(unit, cases),
    policy,
    now: unit.now,
  };
}

/** Of what is restricted it matters for which Task it is. */
async function reportsOf(unit: UnitOfWork, cases: readonly Case[]): Promise<ReadonlySet<string>> {
  const restricted = cases.filter(({ resource }) => resource.labels.includes(RESTRICTED_LABEL));
  const reports = new Set<string>();
  for (const id of new Set(restricted.map(({ share }) => share.taskId)))
    if (isRestricted(await unit.find<Task>('Task', id, BY_HUB))) reports.add(id);
  return reports;
}

async function sendersOf(
  unit: UnitOfWork,
  { agreements }: ConsentPolicy,
  cases: readonly Case[],
): Promise<ReadonlyMap<string, string>> {
  const senders = new Map<string, string>();
  if (agreements.every((agreement) => agreement.with === undefined)) return senders;
  for (const loopId of new Set(cases.map(({ share }) => share.loopId))) {
    const root = await unit.find<Task>('Task', loopId, BY_HUB);
    const sender = await organizationBehind(unit, root?.requester?.reference);
    if (sender !== undefined) senders.set(loopId, sender);
  }
  return senders;
}

/** Of a Binary only what it is marked with: its content may be large. */
export const LIGHT_CONTENT = `CASE WHEN r.type = 'Binary'
    THEN json_build_object('resourceType', 'Binary', 'id', r.id, 'meta', r.content -> 'meta') ELSE r.content END`;
