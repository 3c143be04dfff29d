import type { HumanName, Patient } from '@medplum/fhirtypes';
import type { Sql } from '../db/database.ts';
import { AppError } from '../errors.ts';
import type { LoopDetail, LoopQuery, LoopSummary, TimelineEntry } from './api.ts';
import type { LoopRow } from './project.ts';

interface ListedRow extends Omit<LoopRow, 'since' | 'due' | 'opened_at' | 'updated_at' | 'closed_at'> {
  since: Date | null;
  due: Date | null;
  opened_at: Date;
  updated_at: Date;
  closed_at: Date | null;
  client: Patient | null;
}

const COLUMNS = `loop.*, (SELECT content FROM resource WHERE type = 'Patient' AND id = split_part(loop.patient, '/', 2)) AS client`;

/** Open loops, those due first before others: the page that is asked for most. */
export const OPEN_LOOPS_SQL = `SELECT ${COLUMNS} FROM loop WHERE state = 'open' AND (due, id) > ($1, $2) ORDER BY due, id LIMIT $3`;
export const WAITING_LOOPS_SQL = `SELECT ${COLUMNS} FROM loop WHERE state = 'open' AND waiting_on = $4 AND (due, id) > ($1, $2) ORDER BY due, id LIMIT $3`;
export const CLOSED_LOOPS_SQL = `SELECT ${COLUMNS} FROM loop WHERE state = 'closed' AND (closed_at, id) < ($1, $2) ORDER BY closed_at DESC, id DESC LIMIT $3`;

const EARLIEST = new Date('0001-01-01T00:00:00Z');
const LATEST = new Date('9999-12-31T00:00:00Z');

interface Page {
  readonly rows: ListedRow[];
  readonly next: string | null;
}

/** One page of loops as lists show them. `all` shows open ones first, then closed ones. */
export async function listLoops(
  sql: Sql,
  query: LoopQuery,
  now: Date,
): Promise<{ loops: LoopSummary[]; next: string | null }> {
  const page = await pageOf(sql, query);
  return { loops: await summaries(sql, page.rows, now), next: page.next };
}

async function pageOf(sql: Sql, query: LoopQuery): Promise<Page> {
  const cursor = readCursor(query.cursor);
  const closedOnly = query.state === 'closed' || cursor?.state === 'closed';
  if (closedOnly) return closedPage(sql, query, cursor);
  const page = await openPage(sql, query, cursor);
  if (query.state === 'open' || page.rows.length === query.limit) return page;
  const rest = await closedPage(sql, { ...query, limit: query.limit - page.rows.length }, undefined);
  return { rows: [...page.rows, ...rest.rows], next: rest.next };
}

async function openPage(sql: Sql, query: LoopQuery, cursor: Cursor | undefined): Promise<Page> {
  const values = [cursor?.at ?? EARLIEST, cursor?.id ?? '', query.limit + 1];
  const rows = query.waitingOn
    ? await sql.query<ListedRow>(WAITING_LOOPS_SQL, [...values, query.waitingOn])
    : await sql.query<ListedRow>(OPEN_LOOPS_SQL, values);
  return cut(rows, query.limit, ({ due, id }) => ({ state: 'open', at: due ?? LATEST, id }));
}

async function closedPage(sql: Sql, query: LoopQuery, cursor: Cursor | undefined): Promise<Page> {
  const rows = await sql.query<ListedRow>(CLOSED_LOOPS_SQL, [cursor?.at ?? LATEST, cursor?.id ?? '', query.limit + 1]);
  return cut(rows, query.limit, ({ closed_at, id }) => ({ state: 'closed', at: closed_at ?? LATEST, id }));
}

function cut(rows: ListedRow[], limit: number, cursorOf: (row: ListedRow) => Cursor): Page {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return { rows: shown, next: rows.length > limit && last ? writeCursor(cursorOf(last)) : null };
}

interface Cursor {
  readonly state: 'open' | 'closed';
  readonly at: Date;
  readonly id: string;
}

function writeCursor({ state, at, id }: Cursor): string {
  return Buffer.from(`${state} ${at.toISOString()} ${id}`).toString('base64url');
}

function readCursor(text: string | undefined): Cursor | undefined {
  if (!text) return undefined;
  const [state, at, id] = Buffer.from(text, 'base64url').toString().split(' ');
  const moment = new Date(at ?? '');
  if ((state !== 'open' && state !== 'closed') || !id || Number.isNaN(moment.getTime())) {
    throw new AppError('invalid', 'loops.cursor', 'This cursor is not one of ours. Start again without it.', {
      issues: [{ text: 'Not a cursor of this list.', expression: 'cursor' }],
    });
  }
  return { state, at: moment, id };
}

/** How many loops are open, late and closed. */
export async function countLoops(sql: Sql, now: Date): Promise<{ open: number; late: number; closed: number }> {
  const [row] = await sql.query<{ open: number; late: number; closed: number }>(
    `SELECT (SELECT count(*)::int FROM loop WHERE state = 'open') AS open,
       (SELECT count(*)::int FROM loop WHERE state = 'open' AND due < $1) AS late,
       (SELECT count(*)::int FROM loop WHERE state = 'closed') AS closed`,
    [now],
  );
  return row ?? { open: 0, late: 0, closed: 0 };
}

/** One loop with its path and everything that happened, in one order. @throws AppError (404) */
export async function readLoop(sql: Sql, id: string, now: Date): Promise<LoopDetail> {
  const [row] = await sql.query<ListedRow>(`SELECT ${COLUMNS} FROM loop WHERE id = $1`, [id]);
  if (!row) throw new AppError('notFound', 'loops.not-found', 'There is no such loop.');
  const [summary] = await summaries(sql, [row], now);
  const entries = await timelineRows(sql, id);
  const names = await organizationNames(sql, [
    ...row.legs.map(({ organizationId }) => organizationId),
    ...entries.flatMap(organizationsIn),
  ]);
  const legs = row.legs.map(({ taskId, organizationId, ...leg }) => ({
    id: taskId,
    organization: named(organizationId, names),
    ...leg,
  }));
  const timeline = entries.map((entry) => toEntry(entry, row, names));
  return { ...(summary as LoopSummary), legs, timeline };
}

async function summaries(sql: Sql, rows: readonly ListedRow[], now: Date): Promise<LoopSummary[]> {
  const ids = rows
    .flatMap(({ sender_org, receiver_org, waiting_on_org }) => [sender_org, receiver_org, waiting_on_org])
    .filter((id) => id !== null);
  const names = await organizationNames(sql, ids);
  return rows.map((row) => toSummary(row, names, now));
}

type Names = ReadonlyMap<string, string>;

function toSummary(row: ListedRow, names: Names, now: Date): LoopSummary {
  return {
    id: row.id,
    client: { reference: row.patient, name: displayName(row.client) },
    service: row.service,
    category: row.category,
    priority: row.priority,
    sender: named(row.sender_org, names),
    receiver: row.receiver_org ? named(row.receiver_org, names) : null,
    state: row.state,
    status: row.status,
    progress: row.progress,
    nextStep: stepOf(row, names, now),
    outcome: row.outcome
      ? { code: row.outcome as NonNullable<LoopSummary['outcome']>['code'], text: row.outcome_text }
      : null,
    openedAt: row.opened_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
    closedAt: row.closed_at?.toISOString() ?? null,
  };
}

function stepOf(row: ListedRow, names: Names, now: Date): LoopSummary['nextStep'] {
  if (!row.next_step || !row.waiting_on || !row.since) return null;
  return {
    step: row.next_step as NonNullable<LoopSummary['nextStep']>['step'],
    waitingOn: { kind: row.waiting_on, party: row.waiting_on_org ? named(row.waiting_on_org, names) : null },
    since: row.since.toISOString(),
    due: row.due?.toISOString() ?? null,
    late: row.due !== null && row.due < now,
  };
}

function named(id: string, names: Names): { id: string; name: string } {
  return { id, name: names.get(id) ?? id };
}

/** A client's name as it is said. */
function displayName(client: Patient | null): string {
  const name: HumanName | undefined = client?.name?.find(({ use }) => use === 'official') ?? client?.name?.[0];
  const parts = [...(name?.given ?? []), name?.family].filter(Boolean);
  return name?.text ?? (parts.join(' ') || 'Name not given');
}

interface TimelineRow {
  id: string;
  kind: 'status' | 'delivery';
  at: Date;
  recorded_at: Date;
  task_id: string;
  organization: string | null;
  actor: string | null;
  from_status: string | null;
  to_status: string;
  progress: string | null;
  reason: string | null;
  implied: boolean;
  source: string;
  message: string;
  status: string;
  attempts: number;
  last_code: string | null;
  next_at: Date | null;
  settled_at: Date | null;
}

const TIMELINE_SQL = `
  SELECT 't' || id AS id, 'status' AS kind, occurred_at AS at, recorded_at, task_id, NULL AS organization, actor_org AS actor,
    from_status, to_status, progress, reason, implied, source, NULL AS message, NULL AS status, 0 AS attempts,
    NULL AS last_code, NULL::timestamptz AS next_at, NULL::timestamptz AS settled_at, id AS position
  FROM transition WHERE loop_id = $1
  UNION ALL
  SELECT 'd' || id, 'delivery', created_at, created_at, task_id, recipient_org, NULL, NULL, NULL, NULL, NULL, false, NULL, kind,
    status, attempts, last_code, next_at, settled_at, seq
  FROM delivery WHERE loop_id = $1
  ORDER BY recorded_at, kind DESC, position`;

function timelineRows(sql: Sql, loopId: string): Promise<TimelineRow[]> {
  return sql.query<TimelineRow>(TIMELINE_SQL, [loopId]);
}

function organizationsIn(row: TimelineRow): string[] {
  return [row.organization, row.actor].filter((id) => id !== null);
}

function toEntry(row: TimelineRow, loop: ListedRow, names: Names): TimelineEntry {
  const moment = { id: row.id, at: row.at.toISOString(), recordedAt: row.recorded_at.toISOString() };
  if (row.kind === 'delivery') {
    return {
      ...moment,
      kind: 'delivery',
      message: row.message,
      recipient: named(row.organization ?? '', names),
      status: row.status,
      attempts: row.attempts,
      lastCode: row.last_code,
      nextAt: row.next_at?.toISOString() ?? null,
      settledAt: row.settled_at?.toISOString() ?? null,
    } as TimelineEntry;
  }
  const leg = loop.legs.find(({ taskId }) => taskId === row.task_id);
  return {
    ...moment,
    kind: 'status',
    of: row.task_id === loop.id ? 'root' : 'leg',
    organization: leg ? named(leg.organizationId, names) : null,
    actor: row.actor ? named(row.actor, names) : null,
    from: row.from_status,
    to: row.to_status,
    progress: row.progress,
    reason: row.reason,
    implied: row.implied,
    source: row.source,
  } as TimelineEntry;
}

/** The names of organizations by id, for lists and pages. */
async function organizationNames(sql: Sql, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const rows = await sql.query<{ id: string; name: string | null }>(
    `SELECT id, content ->> 'name' AS name FROM resource WHERE type = 'Organization' AND id = ANY($1::text[])`,
    [[...new Set(ids)]],
  );
  return new Map(rows.map(({ id, name }) => [id, name ?? id]));
}
