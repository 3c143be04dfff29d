import { type Database, NO_TIME_LIMIT, type Sql } from '../../../db/database.ts';
import { insertInto, type RowWriter } from '../../../db/row-writer.ts';
import { AppError } from '../../../errors.ts';
import { finish } from '../../../outbox/outbox.ts';
import type { Caller } from '../../caller.ts';
import type { Role } from '../../role.ts';
import { seesRestricted } from '../../sharing/restricted.ts';
import type { ExportRequest } from './export-request.ts';

/** Where an export goes on: the number of the type, that of the slice of patients, and the id after which. */
export interface Position {
  readonly type: number;
  readonly slice: number;
  readonly after: string;
  /** The number of the type's next chunk. */
  readonly seq: number;
  /** The types that are there. */
  readonly types: readonly string[];
}

/** An export as it stands. */
export interface ExportJob {
  readonly id: string;
  readonly organizationId: string;
  readonly callerKind: Caller['kind'];
  /** Of the person who asked; null: a program did. */
  readonly callerRoles: readonly Role[] | null;
  readonly request: string;
  readonly wanted: ExportRequest;
  readonly patients: readonly string[] | null;
  readonly status: 'accepted' | 'complete' | 'failed';
  readonly position: Position | null;
  readonly exported: number;
  readonly transactionTime: Date;
  readonly expiresAt: Date | null;
}

const COLUMNS = `id, organization_id AS "organizationId", caller_kind AS "callerKind", caller_roles AS "callerRoles", request, wanted, patients, status,
  position, exported, transaction_time AS "transactionTime", expires_at AS "expiresAt"`;

interface JobRow {
  id: string;
  organization_id: string;
  caller_kind: string;
  caller_roles: readonly Role[] | null;
  request: string;
  wanted: ExportRequest;
  patients: readonly string[] | null;
  status: string;
  transaction_time: string;
}

/** Adds an export in the transaction that accepts it. */
export const jobRows: RowWriter<JobRow> = insertInto('export_job', {
  id: 'uuid',
  organization_id: 'text',
  caller_kind: 'text',
  caller_roles: 'text[]',
  request: 'text',
  wanted: 'json',
  patients: 'text[]',
  status: 'text',
  transaction_time: 'timestamptz',
});

/** How many exports of an organization are not finished. */
export async function openJobs(sql: Sql, organizationId: string): Promise<number> {
  const [row] = await sql.query<{ open: number }>(
    `SELECT count(*)::int AS open FROM export_job WHERE organization_id = $1 AND status = 'accepted'`,
    [organizationId],
  );
  return row?.open ?? 0;
}

/**
 * An export of the caller's organization.
 * @throws AppError (404) when it has none of this id, or its time is over
 */
export async function jobOf(sql: Sql, caller: Caller, id: string | undefined, now: Date): Promise<ExportJob> {
  const isId = id !== undefined && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id);
  const [job] = isId
    ? await sql.query<ExportJob>(
        `SELECT ${COLUMNS} FROM export_job WHERE id = $1 AND organization_id = $2 AND (expires_at IS NULL OR expires_at > $3)`,
        [id, caller.organizationId, now],
      )
    : [];
  // How much there is of what tells of more than a person is shown tells something too.
  if (job && (seesRestricted(caller) || !seesRestricted(askerOf(job)))) return job;
  const text = 'There is no such export. It may have been cancelled, or its files have expired: ask for a new one.';
  throw new AppError('notFound', 'export.unknown', text);
}

/** Who asked for an export, as far as it matters to what is in it. Pure. */
export function askerOf({ callerKind: kind, callerRoles: roles, organizationId }: ExportJob): Caller {
  return { kind, organizationId, ...(roles ? { roles } : {}) };
}

/** Takes an export for the next step; undefined when it is finished, cancelled, or another worker has it. */
export async function takeJob(tx: Sql, id: string): Promise<ExportJob | undefined> {
  const [job] = await tx.query<ExportJob>(
    `SELECT ${COLUMNS} FROM export_job WHERE id = $1 AND status = 'accepted' FOR UPDATE SKIP LOCKED`,
    [id],
  );
  return job;
}

/** Whether there is nothing left to do for an export. */
export async function isOver(sql: Sql, id: string): Promise<boolean> {
  const rows = await sql.query(`SELECT 1 FROM export_job WHERE id = $1 AND status = 'accepted'`, [id]);
  return rows.length === 0;
}

/** Records how far an export is. */
export async function moveJob(tx: Sql, id: string, position: Position, lines: number): Promise<void> {
  await tx.query('UPDATE export_job SET position = $2::json, exported = exported + $3 WHERE id = $1', [
    id,
    JSON.stringify(position),
    lines,
  ]);
}

/** Ends an export, and the message that asks for it. */
export async function endJob(
  tx: Sql,
  id: string,
  status: 'complete' | 'failed',
  times: { readonly now: Date; readonly expiresAt: Date },
): Promise<void> {
  await tx.query(`UPDATE export_job SET status = $2, finished_at = $3, expires_at = $4 WHERE id = $1`, [
    id,
    status,
    times.now,
    times.expiresAt,
  ]);
  await finish(tx, id);
}

/** Counts a fault of ours in an export. @returns how many there were */
export async function countFault(sql: Sql, id: string): Promise<number> {
  const [row] = await sql.query<{ faults: number }>(
    'UPDATE export_job SET faults = faults + 1 WHERE id = $1 RETURNING faults',
    [id],
  );
  return row?.faults ?? 0;
}

/** Removes an export with all it found. A worker that is at it finds out at its next step. */
export async function removeJob(tx: Sql, id: string): Promise<void> {
  await tx.query('DELETE FROM export_job WHERE id = $1', [id]);
  await finish(tx, id);
}

/** Removes the exports whose time is over. @returns how many */
export function removeExpired(db: Database, now: Date): Promise<number> {
  return db.transaction(async (tx) => {
    await tx.query(NO_TIME_LIMIT);
    const rows = await tx.query('DELETE FROM export_job WHERE expires_at <= $1 RETURNING id', [now]);
    return rows.length;
  });
}
