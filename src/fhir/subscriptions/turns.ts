import type { Subscription } from '@medplum/fhirtypes';
import { announcements } from '../../db/announce.ts';
import { notify, withdrawNotices } from '../../outbox/messages.ts';
import { finish, OUTBOX_CHANNEL, outboxRows } from '../../outbox/outbox.ts';
import type { UnitOfWork } from '../store/unit-of-work.ts';
import { bumpEpoch, lockSubscription, type SubscriptionRow } from './rows.ts';
import { nextWake } from './terms/life-cycle.ts';

/**
 * Begins a new round: what was under way counts no more. Events that have not arrived will be handed out again.
 * @returns the subscription in its new round
 */
export async function newRound(unit: UnitOfWork, row: SubscriptionRow): Promise<SubscriptionRow> {
  const next = { ...row, round: row.round + 1, queued: false, batchedThrough: row.deliveredThrough };
  await unit.tx.query(
    'UPDATE subscription SET round = $2, queued = false, batched_through = delivered_through WHERE id = $1',
    [row.id, next.round],
  );
  await withdrawNotices(unit.tx, row.id, unit.now);
  return next;
}

/** Asks the endpoint whether it is there: what it answers makes the subscription active, or ends it. */
export function shakeHands(unit: UnitOfWork, { id, ownerOrg, round }: SubscriptionRow): void {
  notify(unit, { kind: 'handshake', subscriptionId: id, recipientOrg: ownerOrg, round });
}

/** Has what happened since the last notification told, unless that is under way. */
export async function tellNews(unit: UnitOfWork, row: SubscriptionRow): Promise<void> {
  if (row.queued || row.events <= row.batchedThrough) return;
  notify(unit, { kind: 'notification', subscriptionId: row.id, recipientOrg: row.ownerOrg, round: row.round });
  await unit.tx.query('UPDATE subscription SET queued = true WHERE id = $1', [row.id]);
}

/** Sets the clock by which a subscription is looked at again. */
export async function setTimer(unit: UnitOfWork, row: SubscriptionRow): Promise<void> {
  await finish(unit.tx, row.timer);
  const at = nextWake(row);
  if (!at) return;
  unit.add(outboxRows, {
    id: unit.newId(),
    kind: 'wake',
    subject_id: row.timer,
    available_at: at.toISOString(),
  });
  unit.add(announcements, { channel: OUTBOX_CHANNEL, payload: '' });
}

/** The endpoint has answered its handshake. */
export async function activate(unit: UnitOfWork, row: SubscriptionRow): Promise<void> {
  await writeState(unit, row.id, 'active', undefined);
  await unit.tx.query(
    `UPDATE subscription SET status = 'active', error_code = NULL, failed_at = NULL, last_sent_at = $2 WHERE id = $1`,
    [row.id, unit.now],
  );
  const active: SubscriptionRow = { ...row, status: 'active', lastSentAt: unit.now };
  await setTimer(unit, active);
  await tellNews(unit, active);
}

/** What a failure is called in `$status`. @see https://terminology.hl7.org/CodeSystem-subscription-error.html */
export type ErrorCode = 'no-response' | 'error-response';

/**
 * The endpoint cannot be told. Events are counted and kept on; its owner asks for it anew when it has mended it.
 * @param reason for people: what happened, and what to do
 */
export async function fail(unit: UnitOfWork, row: SubscriptionRow, code: ErrorCode, reason: string): Promise<void> {
  await writeState(unit, row.id, 'error', reason);
  await unit.tx.query(`UPDATE subscription SET status = 'error', error_code = $2, failed_at = $3 WHERE id = $1`, [
    row.id,
    code,
    unit.now,
  ]);
  await setTimer(unit, { ...(await newRound(unit, row)), status: 'error' });
}

/** Its time is over, or nobody has mended it: nothing more happens until its owner asks for it anew. */
export async function turnOff(unit: UnitOfWork, row: SubscriptionRow, reason: string): Promise<void> {
  await writeState(unit, row.id, 'off', reason);
  await unit.tx.query(`UPDATE subscription SET status = 'off', failed_at = NULL WHERE id = $1`, [row.id]);
  await setTimer(unit, { ...(await newRound(unit, row)), status: 'off' });
  await bumpEpoch(unit.tx);
}

/** A deleted subscription leaves nothing behind but its history. */
export async function forget(unit: UnitOfWork, id: string): Promise<void> {
  const row = await lockSubscription(unit.tx, id);
  if (!row) return;
  await withdrawNotices(unit.tx, id, unit.now);
  await finish(unit.tx, row.timer);
  await unit.tx.query('DELETE FROM subscription WHERE id = $1', [id]);
  await unit.tx.query('DELETE FROM subscription_event WHERE subscription_id = $1', [id]);
  await bumpEpoch(unit.tx);
}

async function writeState(
  unit: UnitOfWork,
  id: string,
  status: Subscription['status'],
  reason: string | undefined,
): Promise<void> {
  const current = await unit.lock<Subscription>('Subscription', id);
  if (!current) return;
  const { error: _error, ...kept } = current;
  await unit.put<Subscription>({ ...kept, status, ...(reason ? { error: reason } : {}) }, { byHub: true });
}
