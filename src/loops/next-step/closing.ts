import { standingOf } from '../confirmation/standing.ts';
import type { DeliveryRecord, LoopRecords } from '../projection/records.ts';
import { isTerminal, type WaitingOn } from '../words.ts';

/**
 * The loop is closed when the Task has ended, the sender's side has acknowledged the closing message, and nothing is
 * awaited any more of a client that is asked.
 */
export function closingTime(records: LoopRecords): string | undefined {
  const known = closingKnown(records);
  const standing = records.confirmation ? standingOf(records.confirmation) : undefined;
  if (known === undefined || standing?.awaits) return undefined;
  if (!standing) return known;
  const over = new Date(standing.since);
  return over > new Date(known) ? over.toISOString() : known;
}

/** When the sender knew how it ended, or a person said why it cannot be told. Pure. */
export function closingKnown(records: LoopRecords): string | undefined {
  if (!isTerminal(records.root.status)) return undefined;
  const closing = lastClosing(records);
  return closing?.status === 'delivered' || closing?.status === 'withdrawn'
    ? (closing.settledAt ?? undefined)
    : undefined;
}

/** Who must act for the sender to know. Pure. */
export function closingWaitsOn(records: LoopRecords): WaitingOn {
  const closing = lastClosing(records);
  if (closing?.settledAt) return 'case-manager';
  return closing?.awaitsReader ? 'sender' : 'hub';
}

/** Whether the sender is not told for want of a consent. Pure. */
export function closingAwaitsConsent(records: LoopRecords): boolean {
  const closing = lastClosing(records);
  return closing !== undefined && closing.settledAt === null && closing.awaitsConsent;
}

function lastClosing(records: LoopRecords): DeliveryRecord | undefined {
  return records.deliveries.filter(({ kind }) => kind === 'closing').at(-1);
}
