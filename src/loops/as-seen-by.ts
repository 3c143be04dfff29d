import { isOut } from './parties.ts';
import type { LegRow, LoopRow } from './projection/project.ts';
import type { NextStepCode } from './words.ts';

/** Who has taken a referral on is known to who sent it. */
const TAKEN_ON: ReadonlySet<string> = new Set(['accepted', 'in-progress', 'on-hold', 'completed']);

/** What of a loop's row depends on who looks at it. */
type Shown = Pick<
  LoopRow,
  | 'id'
  | 'status'
  | 'progress'
  | 'sender_org'
  | 'receiver_org'
  | 'legs'
  | 'next_step'
  | 'waiting_on'
  | 'waiting_on_org'
  | 'escalation'
  | 'replaces'
  | 'outcome'
  | 'outcome_text'
  | 'outcome_remains'
  | 'programme'
>;

/**
 * A loop as one of its organizations is shown it. Who sent it sees the referral and who has taken it on, not who was asked
 * beside; who is asked sees its own part, and the hub as who asks. Pure.
 */
export function asSeenBy<Row extends Shown>(row: Row, organizationId: string, hubOrg: string): Row {
  const own = row.legs.filter((leg) => leg.organizationId === organizationId);
  // Who else was told that it is late, is the hub's business.
  const escalation = row.escalation && row.waiting_on_org === organizationId ? 'reminded' : null;
  return { ...(row.sender_org === organizationId ? bySender(row, own) : byReceiver(row, own, hubOrg)), escalation };
}

/** What is between the hub and the client, or whoever helps that. */
export const OF_CLIENT: ReadonlySet<string> = new Set<NextStepCode>(['confirm-with-client', 'decide-after-answer']);

/** What would tell who has sent it that somebody has declined, while the hub still looks for another. */
export const RE_ROUTED: ReadonlySet<string> = new Set<NextStepCode>(['decide-after-decline', 'decide-after-failure']);
/** What it is told instead. */
export const LOOKED_FOR = 'choose-recipient' satisfies NextStepCode;

function bySender<Row extends Shown>(row: Row, own: readonly LegRow[]): Row {
  const isDirect = row.legs.some(({ taskId }) => taskId === row.id);
  const isKnown =
    isDirect || row.legs.some((leg) => leg.organizationId === row.receiver_org && TAKEN_ON.has(leg.status));
  const receiver = isKnown ? row.receiver_org : null;
  const waitsOnKnown = row.waiting_on_org === receiver || row.waiting_on_org === row.sender_org;
  return {
    ...row,
    receiver_org: receiver,
    legs: isDirect ? row.legs : own,
    waiting_on_org: waitsOnKnown ? row.waiting_on_org : null,
    next_step: RE_ROUTED.has(row.next_step ?? '') ? LOOKED_FOR : row.next_step,
    // What its client is asked, and says, it reads in the answer, as far as consent goes.
    ...(OF_CLIENT.has(row.next_step ?? '') ? { next_step: null, waiting_on: null } : {}),
  };
}

function byReceiver<Row extends Shown>(row: Row, own: readonly LegRow[], hubOrg: string): Row {
  const leg = own.findLast(({ status }) => !isOut(status)) ?? own.at(-1);
  const isDirect = leg?.taskId === row.id;
  const awaited = row.waiting_on_org !== null && row.waiting_on_org === leg?.organizationId;
  return {
    ...row,
    sender_org: isDirect ? row.sender_org : hubOrg,
    // Whether it was asked before is not its business, but where it was asked it itself.
    replaces: isDirect ? row.replaces : null,
    receiver_org: leg?.organizationId ?? null,
    legs: own,
    status: leg?.status ?? row.status,
    progress: leg?.progress ?? null,
    ...(awaited ? {} : { next_step: null, waiting_on: null, waiting_on_org: null }),
    outcome: leg?.status === 'completed' ? 'services-provided' : null,
    outcome_text: null,
    outcome_remains: null,
    // Who sent it has said so to the hub.
    programme: isDirect ? row.programme : null,
  };
}

/** The Tasks whose changes concern one of a loop's organizations: its timeline. Pure. */
export function tasksSeenBy(
  { id, sender_org, legs }: Pick<LoopRow, 'id' | 'sender_org' | 'legs'>,
  organizationId: string,
): string[] {
  const own = legs.filter((leg) => leg.organizationId === organizationId).map(({ taskId }) => taskId);
  return sender_org === organizationId ? [id, ...own] : own;
}
