import type { Sql } from '../db/database.ts';
import { insertInto, type RowWriter } from '../db/row-writer.ts';

/** What must be done because of a change. It holds an id and a kind, never a body. */
export interface OutboxMessage {
  readonly id: string;
  /** Send a delivery; make an export; look at a subscription, since the clock says so; send a mail about an emergency access, about a loop, or with a code. */
  readonly kind: 'deliver' | 'export' | 'wake' | 'mail' | 'loop-mail' | 'mailbox-code';
  /** What it is about: the id of a delivery, of an export, of the timer of a subscription, or of a mail. */
  readonly subjectId: string;
  /** How often it was handed out, this time included. */
  readonly relays: number;
}

interface OutboxRow {
  id: string;
  kind: string;
  subject_id: string;
  available_at: string;
}

/** Adds a message in the transaction of its cause. */
export const outboxRows: RowWriter<OutboxRow> = insertInto('outbox', {
  id: 'uuid',
  kind: 'text',
  subject_id: 'uuid',
  available_at: 'timestamptz',
});

/** The channel on which a commit with new outbox rows is announced. */
export const OUTBOX_CHANNEL = 'careloop_outbox';

/** Adds messages about several subjects at once, in the transaction of their cause. */
export async function addMessages(
  tx: Sql,
  kind: OutboxMessage['kind'],
  subjectIds: readonly string[],
  now: Date,
): Promise<void> {
  if (subjectIds.length === 0) return;
  await tx.query(
    'INSERT INTO outbox (id, kind, subject_id, available_at) SELECT gen_random_uuid(), $1, unnest($2::uuid[]), $3',
    [kind, [...subjectIds], now],
  );
  await tx.query(`SELECT pg_notify('${OUTBOX_CHANNEL}', '')`);
}

/** The statement that claims what is due; see `claim`. An array of ids keeps PostgreSQL from reading the whole table. */
export const CLAIM_SQL = `
  UPDATE outbox SET relayed_at = $1, relays = relays + 1
  WHERE id = ANY (ARRAY(SELECT id FROM outbox WHERE relayed_at IS NULL AND available_at <= $1
                        ORDER BY available_at LIMIT $2 FOR UPDATE SKIP LOCKED))
  RETURNING id, kind, subject_id AS "subjectId", relays`;

/**
 * Takes up to `limit` messages that are due, marking them as relayed. Any number of relays may do this at once; none
 * gets what another has.
 */
export function claim(sql: Sql, now: Date, limit: number): Promise<OutboxMessage[]> {
  return sql.query<OutboxMessage>(CLAIM_SQL, [now, limit]);
}

/** When the next message falls due that nobody has taken; undefined when there is none. */
export async function nextDue(sql: Sql): Promise<Date | undefined> {
  const [row] = await sql.query<{ at: Date | null }>(
    'SELECT min(available_at) AS at FROM outbox WHERE relayed_at IS NULL',
  );
  return row?.at ?? undefined;
}

/** Gives back messages that were relayed before `before` and never finished: their queue or worker was lost. */
export async function giveBack(sql: Sql, before: Date): Promise<number> {
  const rows = await sql.query('UPDATE outbox SET relayed_at = NULL WHERE relayed_at < $1 RETURNING id', [before]);
  return rows.length;
}

/** Removes the messages about a subject: it is settled. */
export async function finish(sql: Sql, subjectId: string): Promise<void> {
  await sql.query('DELETE FROM outbox WHERE subject_id = $1', [subjectId]);
}

/** Puts off the messages about a subject until `at`. */
export async function postpone(sql: Sql, subjectId: string, at: Date): Promise<void> {
  await sql.query('UPDATE outbox SET relayed_at = NULL, available_at = $2 WHERE subject_id = $1', [subjectId, at]);
}

/** Gives claimed messages back, due again at `at`: the queue could not be reached. */
export async function unclaim(sql: Sql, ids: readonly string[], at: Date): Promise<void> {
  await sql.query('UPDATE outbox SET relayed_at = NULL, available_at = $2 WHERE id = ANY($1::uuid[])', [[...ids], at]);
}
