import type { Task } from '@medplum/fhirtypes';
import type { SendOutcome } from '../channels/channel.ts';
import { announcements } from '../db/announce.ts';
import type { Sql } from '../db/database.ts';
import { RowBuffer } from '../db/row-writer.ts';
import { AppError } from '../errors.ts';
import { contentFor } from '../fhir/caller.ts';
import type { MessageKind, NoticeKind } from '../outbox/messages.ts';
import { finish, OUTBOX_CHANNEL, postpone } from '../outbox/outbox.ts';
import type { DeliveryState, Settlement } from './delivery.ts';

interface Surroundings {
  readonly overtakes: boolean;
  readonly lastOutcome: string | null;
  readonly inFlight: number;
}

/** A message about a version of a Task of a loop. */
export interface TaskMessage {
  readonly kind: MessageKind;
  readonly loopId: string;
  readonly taskId: string;
  readonly taskVersion: number;
  /** The Communication that is said, or that waits for an answer; null: it is of none. */
  readonly messageId?: string | null | undefined;
}

/** Something a subscriber is told. */
export interface NoticeMessage {
  readonly kind: NoticeKind;
  readonly subscriptionId: string;
  readonly round: number;
  /** The numbers of its events, both inclusive; null until it is sent for the first time. */
  readonly eventFrom: number | null;
  readonly eventTo: number | null;
}

/** A delivery as a worker takes it. */
export interface DeliveryRow extends DeliveryState, Surroundings {
  readonly id: string;
  readonly about: TaskMessage | NoticeMessage;
  /** What is said to its recipient in order. */
  readonly lane: string;
  readonly recipientOrg: string;
  readonly attempts: number;
  /** The attempt after which the retry schedule begins. */
  readonly scheduleFrom: number;
  readonly seq: string;
}

/** Takes a delivery's row, unless another worker has it at this moment. */
export const TAKE_SQL = `
  SELECT d.id, CASE WHEN d.loop_id IS NULL
      THEN json_build_object('kind', d.kind, 'subscriptionId', d.subscription_id, 'round', d.round,
        'eventFrom', d.event_from, 'eventTo', d.event_to)
      ELSE json_build_object('kind', d.kind, 'loopId', d.loop_id, 'taskId', d.task_id, 'taskVersion', d.task_version,
        'messageId', d.message_id)
    END AS about, d.lane, d.recipient_org AS "recipientOrg", d.status, d.attempts, d.schedule_from AS "scheduleFrom",
    d.lease_until AS "leaseUntil", d.seq::text AS seq
  FROM delivery d WHERE d.id = $1 FOR UPDATE OF d SKIP LOCKED`;

/**
 * What surrounds a delivery: whether an earlier one of its lane to its recipient is unsettled, how its last attempt
 * ended, and what is in flight to its recipient. What a worker that is gone left `sending` does not count once its
 * lease is over.
 */
export const SURROUNDINGS_SQL = `
  SELECT
    EXISTS (SELECT 1 FROM delivery e
            WHERE e.lane = $2 AND e.recipient_org = $3 AND e.seq < $4 AND e.settled_at IS NULL) AS overtakes,
    (SELECT a.outcome FROM attempt a WHERE a.delivery_id = $1 ORDER BY a.number DESC LIMIT 1) AS "lastOutcome",
    (SELECT count(*)::int FROM delivery f
     WHERE f.recipient_org = $3 AND f.status = 'sending' AND f.lease_until > $5) AS "inFlight"`;

/**
 * Workers that take for the same recipient count one after another, or together they would pass its limit. Before a row is
 * locked: who has nothing to say any more wakes the next one, and would wait for its row while that waits for the turn.
 */
export const TURN_SQL = `
  SELECT pg_advisory_xact_lock(hashtextextended('lane ' || recipient_org, 0)) FROM delivery WHERE id = $1`;

/**
 * Takes a delivery. What surrounds it is read by a statement of its own, after its row is locked: one statement would
 * see what was before it began, and who settles the earlier message in between would wake this one before it is put off.
 */
export async function lockDelivery(tx: Sql, id: string, now: Date): Promise<DeliveryRow | undefined> {
  await tx.query(TURN_SQL, [id]);
  const [row] = await tx.query<Omit<DeliveryRow, keyof Surroundings>>(TAKE_SQL, [id]);
  if (!row) return undefined;
  const around = [id, row.lane, row.recipientOrg, row.seq, now];
  const [surroundings] = await tx.query<Surroundings>(SURROUNDINGS_SQL, around);
  return surroundings && { ...row, ...surroundings };
}

const MESSAGE_SQL = (recipient: string): string =>
  `SELECT ${contentFor({ kind: 'client', organizationId: recipient }, 'r', undefined, 'v')} AS content
   FROM resource_version v JOIN resource r USING (type, id) WHERE v.type = 'Task' AND v.id = $1 AND v.version = $2`;

/** The Task version a delivery speaks of, as its recipient is shown it. @param recipient the id of an Organization */
export async function loadMessage(tx: Sql, about: TaskMessage, recipient: string): Promise<Task & { id: string }> {
  const [version] = await tx.query<{ content: (Task & { id: string }) | null }>(MESSAGE_SQL(recipient), [
    about.taskId,
    about.taskVersion,
  ]);
  if (!version?.content)
    throw new AppError('fault', 'delivery.no-task', 'The Task version this delivery speaks of is not in the history.');
  return version.content;
}

interface Begin {
  readonly now: Date;
  readonly leaseUntil: Date;
  readonly endpointId: string | undefined;
  /** The attempt before was left `sending` by a worker that is gone. */
  readonly lost: boolean;
}

/** Writes that an attempt is being made. @returns its number */
export async function beginAttempt(tx: Sql, row: DeliveryRow, begin: Begin): Promise<number> {
  if (begin.lost) {
    await tx.query(
      `UPDATE attempt SET finished_at = $2, outcome = 'unknown', code = 'worker-lost' WHERE delivery_id = $1 AND finished_at IS NULL`,
      [row.id, begin.now],
    );
  }
  const number = row.attempts + 1;
  await tx.query(
    `WITH taken AS (UPDATE delivery SET status = 'sending', attempts = $2, lease_until = $3, endpoint_id = $4, next_at = NULL WHERE id = $1)
     INSERT INTO attempt (delivery_id, number, started_at) VALUES ($1, $2, $5)`,
    [row.id, number, begin.leaseUntil, begin.endpointId ?? null, begin.now],
  );
  return number;
}

/**
 * Writes how an attempt ended and what becomes of its delivery.
 * @returns false when the attempt is no longer the current one: it took too long, and another worker took over
 */
export async function finishAttempt(
  tx: Sql,
  id: string,
  number: number,
  outcome: SendOutcome,
  settlement: Settlement,
  now: Date,
): Promise<boolean> {
  const settledAt = settlement.nextAt ? null : now;
  // What a partner makes wait is no attempt: it does not use up the schedule.
  const counted = outcome.kind === 'wait' ? number - 1 : number;
  const receipt = outcome.kind === 'delivered' ? (outcome.receipt ?? null) : null;
  const settled = [settlement.status, counted, outcome.code, settlement.nextAt ?? null, settledAt];
  const rows = await tx.query(
    `WITH ours AS (
       UPDATE delivery SET status = $3, attempts = $4, last_code = $5, next_at = $6, settled_at = $7, lease_until = NULL
       WHERE id = $1 AND attempts = $2 AND status = 'sending' RETURNING id)
     ${outcome.kind === 'wait' ? FORGET_ATTEMPT : END_ATTEMPT}`,
    outcome.kind === 'wait' ? [id, number, ...settled] : [id, number, ...settled, now, outcome.kind, receipt],
  );
  return rows.length > 0;
}

const FORGET_ATTEMPT = 'DELETE FROM attempt USING ours WHERE delivery_id = ours.id AND number = $2 RETURNING number';
const END_ATTEMPT = `
  UPDATE attempt SET finished_at = $8, outcome = $9, code = $5, receipt = $10, next_at = $6
  FROM ours WHERE delivery_id = ours.id AND number = $2 RETURNING number`;

/**
 * Makes the next message of the same lane due now. Takes its row first: a worker that has
 * just found it must not overtake may be about to put it off, and that must not come after this.
 */
export async function wakeNext(
  tx: Sql,
  row: Pick<DeliveryRow, 'id' | 'lane' | 'recipientOrg'>,
  now: Date,
): Promise<void> {
  const [next] = await tx.query<{ id: string }>(NEXT_SQL, [row.lane, row.recipientOrg, row.id]);
  if (!next) return;
  await postpone(tx, next.id, now);
  await announceDue(tx);
}

/** Ends a delivery that has nothing to say any more. */
export async function withdraw(tx: Sql, row: DeliveryRow, now: Date): Promise<void> {
  await tx.query(
    `WITH lost AS (UPDATE attempt SET finished_at = $2, outcome = 'unknown', code = 'worker-lost'
                   WHERE delivery_id = $1 AND finished_at IS NULL)
     UPDATE delivery SET status = 'withdrawn', settled_at = $2, next_at = NULL, lease_until = NULL WHERE id = $1`,
    [row.id, now],
  );
  await finish(tx, row.id);
  await wakeNext(tx, row, now);
}

/** Notes that a delivery waits for room in its recipient's lane. */
export async function waitInLane(tx: Sql, id: string): Promise<void> {
  await tx.query(`UPDATE delivery SET last_code = 'lane-full' WHERE id = $1`, [id]);
}

/** There is room in a recipient's lane: the first of those that wait for it is due now. */
export async function wakeLane(tx: Sql, recipientOrg: string, now: Date): Promise<void> {
  const [next] = await tx.query<{ id: string }>(IN_LANE_SQL, [recipientOrg]);
  if (!next) return;
  await tx.query('UPDATE delivery SET last_code = NULL WHERE id = $1', [next.id]);
  await postpone(tx, next.id, now);
  await announceDue(tx);
}

export const IN_LANE_SQL = `
  SELECT id FROM delivery WHERE recipient_org = $1 AND status = 'pending' AND last_code = 'lane-full'
  ORDER BY seq LIMIT 1 FOR UPDATE SKIP LOCKED`;

async function announceDue(tx: Sql): Promise<void> {
  const rows = new RowBuffer();
  rows.add(announcements, { channel: OUTBOX_CHANNEL, payload: '' });
  await rows.flush((text, values) => tx.query(text, values));
}

const NEXT_SQL = `
  SELECT id FROM delivery WHERE lane = $1 AND recipient_org = $2 AND settled_at IS NULL AND id <> $3
  ORDER BY seq LIMIT 1 FOR UPDATE`;
