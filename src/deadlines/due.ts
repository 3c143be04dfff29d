import type { Sql } from '../db/database.ts';
import type { RungAction } from '../loops/policy/policy.ts';
import type { NextStepCode, WaitingOn } from '../loops/words.ts';

/** Something awaited whose next rung is due. */
export interface Due {
  readonly loopId: string;
  /** The Task that is waited for: a leg, or the root. */
  readonly taskId: string;
  readonly step: NextStepCode;
  /** The message whose answer is awaited; '': something else is. */
  readonly messageId: string;
  readonly waitingOn: WaitingOn;
  readonly organizationId: string | null;
  readonly since: Date;
  readonly due: Date;
  readonly rung: number;
  readonly what: RungAction;
  /** When it was planned, if nothing before it had been late. */
  readonly plannedAt: Date;
  /** When the next one was planned so; null: this is the last. */
  readonly nextAt: Date | null;
}

/** Where something is due; only there it is looked at further. */
export interface Place {
  readonly loopId: string;
  readonly taskId: string;
  readonly messageId?: string | undefined;
}

export const DUE_SQL = `SELECT loop_id AS "loopId", task_id AS "taskId", message_id AS "messageId" FROM deadline WHERE at <= $1 ORDER BY at LIMIT $2`;

/** What has been due longest. Nothing is taken: other workers may see the same. */
export function duePlaces(sql: Sql, now: Date, limit: number): Promise<Place[]> {
  return sql.query<Place>(DUE_SQL, [now, limit]);
}

/** When the next rung of anything is due; undefined: of nothing. */
export async function nextDeadline(sql: Sql): Promise<Date | undefined> {
  const [row] = await sql.query<{ at: Date | null }>('SELECT min(at) AS at FROM deadline');
  return row?.at ?? undefined;
}

/**
 * Takes a loop until the transaction ends, unless somebody has it: then it is passed over, and looked at again.
 * @returns what is due there once it is taken: whoever had it before may have done it
 */
export async function takeDue(tx: Sql, { loopId, taskId, messageId = '' }: Place, now: Date): Promise<Due | undefined> {
  const [due] = await tx.query<Due>(STANDING_SQL, [loopId, taskId, now, messageId]);
  return due;
}

/** Both rows are taken: of what is taken the database sees what is there then, not what was when the statement began. */
export const STANDING_SQL = `SELECT loop_id AS "loopId", task_id AS "taskId", message_id AS "messageId", step,
    d.waiting_on AS "waitingOn",
    organization_id AS "organizationId", d.since, d.due, fired AS rung, whats[fired + 1] AS what,
    ats[fired + 1] AS "plannedAt", ats[fired + 2] AS "nextAt"
  FROM loop JOIN deadline d ON d.loop_id = loop.id
  WHERE loop.id = $1 AND loop.state = 'open' AND d.loop_id = $1 AND d.task_id = $2 AND d.message_id = $4 AND d.at <= $3
  FOR UPDATE OF loop, d SKIP LOCKED`;
