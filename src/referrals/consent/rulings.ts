import { decide } from '../../access/consent/decide.ts';
import type { DisclosedResource, Disclosure, Recipient } from '../../access/consent/disclosure.ts';
import type { Consents } from '../../access/consent/load-consents.ts';
import { type ConsentPolicy, ruleOf } from '../../access/consent/policy.ts';
import { COORDINATION_OF_CARE } from '../../access/consent/purposes.ts';
import type { Ruling, Share } from '../../fhir/sharing/shared.ts';

/** A share that is to be decided about, and what is shared by it. */
export interface Case {
  readonly share: Share;
  readonly resource: DisclosedResource;
  /** In whose records it is. */
  readonly clients: readonly string[];
}

/** What is needed to decide. */
export interface Facts {
  readonly consents: Consents;
  readonly recipients: ReadonlyMap<string, Recipient>;
  /** Who sent the referrals, by their loops; as far as an agreement asks for it. */
  readonly senders: ReadonlyMap<string, string>;
  /** The ids of Tasks that are mandated reports themselves: what is answered to one, its sender may know. */
  readonly reports: ReadonlySet<string>;
  readonly policy: ConsentPolicy;
  readonly now: Date;
}

/** Without these nobody can do what it is asked: where one of them is withheld, all that belongs to the Task is. */
const CORE: ReadonlySet<string> = new Set(['task', 'request', 'client']);

/** Decides about shares, those of one Task with one organization together. Pure. @returns in the same order */
export function rulingsOn(cases: readonly Case[], facts: Facts): Ruling[] {
  const own = cases.map((each) => rulingOn(each, facts));
  const mandated = new Set(
    cases.flatMap((each, at) => (isMandated(each, facts) && !own[at]?.withheld ? [groupOf(each.share)] : [])),
  );
  // Whoever must be told must be told of whom.
  const single = own.map((ruling, at): Ruling => {
    const share = cases[at]?.share;
    const goesAlong = share?.reason === 'client' && mandated.has(groupOf(share));
    return goesAlong ? { ...ruling, withheld: undefined } : ruling;
  });
  const stopped = new Set(
    cases.flatMap(({ share }, at) => (single[at]?.withheld && CORE.has(share.reason) ? [groupOf(share)] : [])),
  );
  return single.map((ruling, at) => {
    const share = cases[at]?.share;
    return share && stopped.has(groupOf(share)) && share.client !== undefined
      ? { ...ruling, withheld: 'obtain-consent', consents: [] }
      : ruling;
  });
}

/** Whether it asks for what the law has somebody told: the client's consent is neither asked for nor enough. */
function isMandated({ share, resource }: Case, { policy }: Facts): boolean {
  if (share.reason !== 'task' && share.reason !== 'request') return false;
  return resource.labels.some((label) => ruleOf(policy, label)?.needs === 'addressed');
}

/** Whether it goes to whom its sender named; or goes back to the sender, as the answer to a report. */
function isAddressed({ reason, taskId, loopId }: Share, { reports }: Facts): boolean {
  const isAnswer = reason === 'outcome' || reason === 'message';
  return taskId === loopId && (!isAnswer || reports.has(taskId));
}

/** What belongs together: a Task, and an organization it is shared with. Pure. */
export function groupOf({ taskId, organizationId }: Pick<Share, 'taskId' | 'organizationId'>): string {
  return `${taskId} ${organizationId}`;
}

function rulingOn({ share, resource, clients }: Case, facts: Facts): Ruling {
  const { consents, recipients, senders, policy, now } = facts;
  // It tells of nobody.
  if (clients.length === 0) return { withheld: undefined, until: undefined, consents: [] };
  const asked: Disclosure = {
    recipient: recipients.get(share.organizationId) ?? { organizationId: share.organizationId, types: [] },
    purpose: COORDINATION_OF_CARE,
    resource,
    from: senders.get(share.loopId),
    addressed: isAddressed(share, facts),
    now,
  };
  const given = clients.flatMap((client) => consents.get(client) ?? []);
  const { decision, because, until } = decide(asked, given, policy);
  if (decision !== 'permit') return { withheld: 'obtain-consent', until, consents: [] };
  const permitting = because.flatMap(({ consent }) => consent ?? []);
  return { withheld: undefined, until, consents: [...new Set(permitting)].sort() };
}
