import type { Sql } from '../../db/database.ts';
import type { LoopSummary } from '../api.ts';
import { type Cursor, type Place, readCursor, writeCursor } from './cursor.ts';
import { orderOf, pageSql } from './page-sql.ts';
import type { LoopQuery } from './query.ts';
import { summaries } from './summary.ts';
import { type ListedRow, seenBy, type Viewer } from './viewer.ts';
import { isOfOpen } from './where.ts';

interface Page {
  readonly rows: ListedRow[];
  readonly next: Cursor | undefined;
}

interface Looking {
  readonly sql: Sql;
  readonly viewer: Viewer;
  readonly query: LoopQuery;
  readonly now: Date;
}

/**
 * One page of loops as lists show them. Of all, in the order of when they are due, open ones come first and then those
 * that have ended.
 */
export async function listLoops(
  sql: Sql,
  viewer: Viewer,
  query: LoopQuery,
  now: Date,
): Promise<{ loops: LoopSummary[]; next: string | null }> {
  const { rows, next } = await pageOf({ sql, viewer, query, now });
  const loops = await summaries(sql, rows.map(seenBy(viewer)), now);
  return { loops, next: next ? writeCursor(query.sort, next) : null };
}

async function pageOf(looking: Looking): Promise<Page> {
  const { query } = looking;
  const cursor = readCursor(query.sort, query.cursor);
  const place = cursor?.at && cursor.id ? { at: cursor.at, id: cursor.id } : undefined;
  const wanted = isOfOpen(query) ? (query.state === 'closed' ? [] : (['open'] as const)) : STATES[query.state];
  if (wanted.length < 2) return part(looking, wanted[0], place, query.limit);
  if (query.sort.endsWith('received')) return both(looking, place);
  if (cursor?.state === 'closed') return part(looking, 'closed', place, query.limit);
  const open = await part(looking, 'open', place, query.limit);
  if (open.next) return open;
  // The open ones fill this page to its end: the closed ones begin with the next.
  const room = query.limit - open.rows.length;
  if (room === 0) return { ...open, next: { state: 'closed' } };
  const closed = await part(looking, 'closed', undefined, room);
  return { rows: [...open.rows, ...closed.rows], next: closed.next };
}

const STATES = { open: ['open'], closed: ['closed'], all: ['open', 'closed'] } as const;

async function part(
  { sql, viewer, query, now }: Looking,
  state: 'open' | 'closed' | undefined,
  behind: Place | undefined,
  limit: number,
): Promise<Page> {
  // What has ended waits for nobody.
  if (state === undefined) return { rows: [], next: undefined };
  const { text, values } = pageSql(viewer, { filter: query, states: [state], behind, limit: limit + 1, now });
  const { column } = orderOf(query.sort, state);
  return cut(await sql.query<ListedRow>(text, values), limit, (row) => ({ state, ...placeOf(row, column) }));
}

async function both({ sql, viewer, query, now }: Looking, behind: Place | undefined): Promise<Page> {
  const { limit } = query;
  const { text, values } = pageSql(viewer, { filter: query, states: STATES.all, behind, limit: limit + 1, now });
  const rows = await sql.query<ListedRow>(text, values);
  return cut(rows, limit, (row) => ({ state: 'all', ...placeOf(row, 'opened_at') }));
}

function placeOf(row: ListedRow, column: 'due' | 'opened_at' | 'closed_at'): Partial<Place> {
  const at = row[column];
  return at ? { at, id: row.id } : {};
}

function cut(rows: ListedRow[], limit: number, cursorOf: (row: ListedRow) => Cursor): Page {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return { rows: shown, next: rows.length > limit && last ? cursorOf(last) : undefined };
}
