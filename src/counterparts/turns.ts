import type { Sql } from '../db/database.ts';
import type { RowWriter } from '../db/row-writer.ts';

/** An organization's server, as a worker has it in hand. */
export interface Turn {
  readonly organizationId: string;
  /** What has changed there since then is asked for, by the clock of the server; null: everything. */
  readonly since: Date | null;
  /** When everything was asked for last. */
  readonly wholeAt: Date | null;
  readonly failures: number;
  /** Since when it has not answered; null: it has. */
  readonly unheardSince: Date | null;
  readonly leaseUntil: Date;
}

/** Takes the turn that is due longest, and that nobody has in hand; undefined: there is none. */
export async function takeTurn(sql: Sql, now: Date, leaseMs: number): Promise<Turn | undefined> {
  const [turn] = await sql.query<Turn>(TAKE_SQL, [now, new Date(now.getTime() + leaseMs)]);
  return turn;
}

export const TAKE_SQL = `
  UPDATE fetching SET lease_until = $2 WHERE organization_id = (
    SELECT organization_id FROM fetching WHERE at <= $1 AND (lease_until IS NULL OR lease_until <= $1)
    ORDER BY at LIMIT 1 FOR UPDATE SKIP LOCKED)
  RETURNING organization_id AS "organizationId", since, whole_at AS "wholeAt", failures, unheard_since AS "unheardSince", lease_until AS "leaseUntil"`;

/** Holds a turn for longer; undefined: another worker has it by now. */
export async function holdTurn(sql: Sql, turn: Turn, until: Date): Promise<Turn | undefined> {
  const held = await sql.query(
    'UPDATE fetching SET lease_until = $3 WHERE organization_id = $1 AND lease_until = $2 RETURNING 1',
    [turn.organizationId, turn.leaseUntil, until],
  );
  return held.length > 0 ? { ...turn, leaseUntil: until } : undefined;
}

/** How a turn went, and when the next one is. */
export interface TurnEnd {
  /** Null: nothing there is waited for. */
  readonly at: Date | null;
  readonly code: string;
  readonly failures: number;
  readonly since: Date | null;
  readonly wholeAt: Date | null;
  readonly unheardSince: Date | null;
}

/**
 * Takes the row of a turn until the transaction ends: what is put on that server meanwhile finds how it ended.
 * @returns false when another worker has it by now
 */
export async function lockTurn(tx: Sql, { organizationId, leaseUntil }: Turn): Promise<boolean> {
  const rows = await tx.query('SELECT 1 FROM fetching WHERE organization_id = $1 AND lease_until = $2 FOR UPDATE', [
    organizationId,
    leaseUntil,
  ]);
  return rows.length > 0;
}

export async function endTurn(tx: Sql, { organizationId }: Turn, end: TurnEnd, now: Date): Promise<void> {
  const { at, code, failures, since, wholeAt, unheardSince } = end;
  await tx.query(
    `UPDATE fetching SET at = $2, lease_until = NULL, since = $3, whole_at = $4, failures = $5, asked_at = $6, last_code = $7,
       unheard_since = $8
     WHERE organization_id = $1`,
    [organizationId, at, since, wholeAt, failures, now, code, unheardSince],
  );
}

/** Has an organization's server asked from now on, as something was put there. */
export const awakened: RowWriter<{ organization_id: string; at: string }> = {
  name: 'fetching_awakened',
  columns: { organization_id: 'text', at: 'timestamptz' },
  usuallyOne: true,
  statement: (rows) => `INSERT INTO fetching (organization_id, at) SELECT organization_id, at FROM ${rows}
    ON CONFLICT (organization_id) DO UPDATE SET at = LEAST(fetching.at, EXCLUDED.at)`,
};
