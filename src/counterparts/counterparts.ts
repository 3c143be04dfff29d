import type { Sql } from '../db/database.ts';
import type { RowWriter } from '../db/row-writer.ts';

/** Something that the hub and the server of a partner both have. */
export interface Counterpart {
  readonly type: string;
  /** Its id here. */
  readonly resourceId: string;
  readonly loopId: string;
  /** Its address there; null: it is looked for by its identifier. */
  readonly there: string | null;
  /** What of it was last read there; null: it was not read since the hub put it there. */
  readonly digest: string | null;
  /** Of a Task: the status that was last known of it there. */
  readonly status: string | null;
  /** It is to be read again, changed or not. */
  readonly again: boolean;
}

/** A Task that is watched there, with what it is known by. */
export interface WatchedTask extends Counterpart {
  /** `system|value` */
  readonly identifier: string;
  /** Whether the organization is asked by it, and did not ask. */
  readonly isOwner: boolean;
  /** Whether it is completed here, and nothing says what was done. */
  readonly lacksOutcome: boolean;
}

const COLUMNS = `c.type, c.resource_id AS "resourceId", c.loop_id AS "loopId", c.there, c.digest, c.status, c.again`;

const asWatched = (which: string): string => `
  SELECT ${COLUMNS}, concat(r.content -> 'identifier' -> 0 ->> 'system', '|', r.content -> 'identifier' -> 0 ->> 'value') AS identifier,
    COALESCE(r.content -> 'owner' ->> 'reference' = 'Organization/' || $1::text, false) AS "isOwner",
    r.content ->> 'status' = 'completed' AND r.content -> 'output' IS NULL AS "lacksOutcome"
  FROM counterpart c JOIN resource r ON r.type = 'Task' AND r.id = c.resource_id AND NOT r.deleted
  WHERE c.organization_id = $1 AND ${which} AND c.type = 'Task' ORDER BY c.again, c.resource_id`;

export const WATCHED_SQL = asWatched('c.watched');
export const LATE_SQL = asWatched('c.late_until IS NOT NULL');

/** The Tasks that are watched on the server of an organization; those of which something could not be had, last. */
export function watchedTasks(sql: Sql, organizationId: string): Promise<WatchedTask[]> {
  return sql.query<WatchedTask>(WATCHED_SQL, [organizationId]);
}

/** The Tasks there that have ended, and may still be added to. */
export function lateTasks(sql: Sql, organizationId: string): Promise<WatchedTask[]> {
  return sql.query<WatchedTask>(LATE_SQL, [organizationId]);
}

/** So long a message waits for what was written there to be heard; what is older than that is said as ever. */
const LISTENS = `interval '10 minutes'`;

/**
 * How a Task was last known to stand on the server of an organization, to which a message about it is to go.
 * @returns undefined where it was not put there, or the message has waited long enough
 */
export async function stoodThere(
  sql: Sql,
  organizationId: string,
  taskId: string,
  { deliveryId, now }: { readonly deliveryId: string; readonly now: Date },
): Promise<Pick<Counterpart, 'there' | 'digest' | 'status'> | undefined> {
  const [row] = await sql.query<Counterpart>(STOOD_SQL, [organizationId, taskId, deliveryId, now]);
  return row;
}

export const STOOD_SQL = `SELECT there, digest, status FROM counterpart
  WHERE organization_id = $1 AND type = 'Task' AND resource_id = $2 AND watched
    AND EXISTS (SELECT 1 FROM delivery d WHERE d.id = $3 AND d.created_at > $4::timestamptz - ${LISTENS})`;

/** What an organization's server has that is known here, by their addresses there. */
export async function knownThere(
  sql: Sql,
  organizationId: string,
  addresses: readonly string[],
): Promise<ReadonlyMap<string, Counterpart>> {
  if (addresses.length === 0) return new Map();
  const rows = await sql.query<Counterpart>(KNOWN_SQL, [organizationId, addresses]);
  return new Map(rows.map((row) => [row.there ?? '', row]));
}

export const KNOWN_SQL = `SELECT ${COLUMNS} FROM counterpart c WHERE c.organization_id = $1 AND c.there = ANY ($2::text[])`;

/** Has everything that could not be taken tried again: the reason may have lain here. */
export async function tryAgain(sql: Sql, organizationId: string): Promise<void> {
  await sql.query(AGAIN_SQL, [organizationId]);
}

const AGAIN_SQL = `
  UPDATE counterpart SET again = true WHERE organization_id = $1
    AND there IN (SELECT there FROM fetch_finding WHERE organization_id = $1 AND resolved_at IS NULL)`;

/** Takes one until the transaction ends; undefined where there is none. */
export async function lockCounterpart(
  sql: Sql,
  organizationId: string,
  { type, resourceId }: Pick<Counterpart, 'type' | 'resourceId'>,
): Promise<Counterpart | undefined> {
  const [row] = await sql.query<Counterpart>(LOCK_SQL, [organizationId, type, resourceId]);
  return row;
}

const LOCK_SQL = `SELECT ${COLUMNS} FROM counterpart c
  WHERE c.organization_id = $1 AND c.type = $2 AND c.resource_id = $3 FOR UPDATE`;

/** What is waited for on a partner's server: how it goes on, only what may be said after the end, or nothing. */
export type Waiting = 'goes-on' | 'late' | 'nothing';

/**
 * Watches no more what has ended, and what was said that waits for no answer; what has ended is asked for rarely, for a time.
 * @param lateUntil until when what ends now is asked for
 */
export async function endWatching(
  sql: Sql,
  organizationId: string,
  { now, lateUntil }: { readonly now: Date; readonly lateUntil: Date },
): Promise<Waiting> {
  await sql.query(END_SQL, [organizationId, lateUntil]);
  await sql.query(END_LATE_SQL, [organizationId, now]);
  await sql.query(END_FINDINGS_SQL, [organizationId, now]);
  const [left] = await sql.query<{ watched: boolean; late: boolean }>(LEFT_SQL, [organizationId]);
  if (left?.watched) return 'goes-on';
  return left?.late ? 'late' : 'nothing';
}

const LEFT_SQL = `
  SELECT EXISTS (SELECT 1 FROM counterpart WHERE organization_id = $1 AND watched) AS watched,
    EXISTS (SELECT 1 FROM counterpart WHERE organization_id = $1 AND late_until IS NOT NULL) AS late`;

/** To what was completed an outcome may be added until the loop is closed. */
export const END_SQL = `
  UPDATE counterpart c SET watched = false, late_until = CASE WHEN c.type = 'Task' THEN $2::timestamptz END
  WHERE organization_id = $1 AND watched AND (
    NOT EXISTS (SELECT 1 FROM loop WHERE loop.id = c.loop_id AND loop.state = 'open')
    OR c.type = 'Task' AND EXISTS (SELECT 1 FROM resource r WHERE r.type = 'Task' AND r.id = c.resource_id
      AND r.content ->> 'status' IN ('rejected', 'cancelled', 'failed', 'entered-in-error'))
    OR c.type = 'Communication' AND NOT EXISTS (SELECT 1 FROM message m WHERE m.id = c.resource_id
      AND m.answer_by IS NOT NULL AND m.answered_by IS NULL AND NOT m.withdrawn))`;

export const END_LATE_SQL = `
  UPDATE counterpart SET late_until = NULL WHERE organization_id = $1 AND late_until IS NOT NULL AND late_until <= $2`;

/** What was found before the loop was closed is of no use then; what is found later is kept while it is asked for. */
const END_FINDINGS_SQL = `
  UPDATE fetch_finding f SET resolved_at = $2 WHERE organization_id = $1 AND resolved_at IS NULL
    AND NOT EXISTS (SELECT 1 FROM loop WHERE loop.id = f.loop_id AND loop.state = 'open')
    AND NOT EXISTS (SELECT 1 FROM loop JOIN counterpart c ON c.organization_id = $1 AND c.type = 'Task' AND c.resource_id = f.task_id
      WHERE loop.id = f.loop_id AND loop.closed_at <= f.found_at AND c.late_until IS NOT NULL)`;

interface PlacedRow {
  organization_id: string;
  type: string;
  resource_id: string;
  loop_id: string;
  there: string | null;
  status: string | null;
}

/** What the hub has put on a partner's server: what is said there from now on is said by others. */
export const placed: RowWriter<PlacedRow> = {
  name: 'counterpart_placed',
  columns: {
    organization_id: 'text',
    type: 'text',
    resource_id: 'text',
    loop_id: 'text',
    there: 'text',
    status: 'text',
  },
  usuallyOne: true,
  statement: (rows) => `INSERT INTO counterpart (organization_id, type, resource_id, loop_id, there, status, watched)
    SELECT organization_id, type, resource_id, loop_id, there, status, true FROM ${rows}
    ON CONFLICT (organization_id, type, resource_id) DO UPDATE
      SET there = COALESCE(EXCLUDED.there, counterpart.there), status = EXCLUDED.status, digest = NULL, watched = true, late_until = NULL`,
};

interface SeenRow extends PlacedRow {
  digest: string;
  again: boolean;
}

/** What was read on a partner's server. What the hub has put there is watched as before. */
export const seen: RowWriter<SeenRow> = {
  name: 'counterpart_seen',
  columns: { ...placed.columns, digest: 'text', again: 'boolean' },
  usuallyOne: true,
  statement: (
    rows,
  ) => `INSERT INTO counterpart (organization_id, type, resource_id, loop_id, there, status, digest, again)
    SELECT organization_id, type, resource_id, loop_id, there, status, digest, again FROM ${rows}
    ON CONFLICT (organization_id, type, resource_id) DO UPDATE
      SET there = EXCLUDED.there, status = EXCLUDED.status, digest = EXCLUDED.digest, again = EXCLUDED.again`,
};
