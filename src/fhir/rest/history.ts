import type { Bundle, BundleEntry, Resource } from '@medplum/fhirtypes';
import type { Sql } from '../../db/database.ts';
import { AppError } from '../../errors.ts';
import { visibleTo } from '../caller.ts';
import { dateRange } from '../search/date-range.ts';
import type { Params } from './address.ts';
import { notFound, type Session } from './interaction.ts';

interface VersionRow {
  readonly type: string;
  readonly id: string;
  readonly version: number;
  /** To the microsecond, as text: a time of this language would lose them. */
  readonly at: string;
  readonly deleted: boolean;
  readonly content: Resource | null;
}

const PAGE = 50;
const LARGEST_PAGE = 1_000;

/**
 * What happened to one resource, to those of a type, or to all, newest first: a page of it.
 * @param params `_since`, `_count`, and the `_cursor` of a link to a further page
 * @throws AppError (404) when there is no such resource
 * @see https://hl7.org/fhir/R4/http.html#history
 */
export async function history(
  sql: Sql,
  session: Session,
  scope: { readonly type: string | undefined; readonly id: string | undefined },
  params: Params,
): Promise<Bundle> {
  const asked = new Map(params);
  const count = countOf(asked.get('_count'));
  const rows = await versions(sql, session, scope, { ...pageOf(asked), limit: count + 1 });
  if (scope.id !== undefined && rows.length === 0 && !asked.has('_cursor')) {
    const known = await isKnown(sql, session, scope.type ?? '', scope.id);
    if (!known) throw notFound(scope.type ?? '', scope.id);
  }
  const page = rows.slice(0, count);
  const last = page.at(-1);
  return {
    resourceType: 'Bundle',
    type: 'history',
    ...(await totalOf(sql, session, scope, pageOf(asked).since)),
    link: links(session.base, scope, params, rows.length > count && last ? cursorOf(last) : undefined),
    entry: page.map((row) => entryOf(row, session.base)),
  };
}

interface Page {
  readonly since: string | undefined;
  readonly after: readonly unknown[] | undefined;
}

function pageOf(asked: ReadonlyMap<string, string>): Page {
  const since = asked.get('_since');
  const cursor = asked.get('_cursor');
  return { since: since && sinceOf(since), after: cursor === undefined ? undefined : readCursor(cursor) };
}

const ORDER = 'h.last_updated, h.type, h.id, h.version';

async function versions(
  sql: Sql,
  { caller }: Session,
  scope: { readonly type: string | undefined; readonly id: string | undefined },
  page: Page & { readonly limit: number },
): Promise<VersionRow[]> {
  const values: unknown[] = [];
  const add = (value: unknown): string => `$${values.push(value)}`;
  const where = scopeClauses(scope, page.since, add);
  if (page.after) {
    const [at, type, id, version] = page.after.map(add);
    where.push(`(${ORDER}) < (${at}::timestamptz, ${type}::text, ${id}::text, ${version}::int)`);
  }
  return sql.query<VersionRow>(
    `SELECT h.type, h.id, h.version, h.last_updated::text AS at, h.deleted, h.content
     FROM resource_history h JOIN resource USING (type, id)
     WHERE ${[...where, visibleTo(caller)].join(' AND ')}
     ORDER BY ${ORDER.replaceAll(/(h\.\w+)/g, '$1 DESC')} LIMIT ${add(page.limit)}`,
    values,
  );
}

function scopeClauses(
  { type, id }: { readonly type: string | undefined; readonly id: string | undefined },
  since: string | undefined,
  add: (value: unknown) => string,
): string[] {
  return [
    ...(type === undefined ? [] : [`h.type = ${add(type)}`]),
    ...(id === undefined ? [] : [`h.id = ${add(id)}`]),
    ...(since === undefined ? [] : [`h.last_updated >= ${add(since)}`]),
  ];
}

/** Counting is for one resource's history: that of a type or of all is as long as the server is old. */
async function totalOf(
  sql: Sql,
  { caller }: Session,
  scope: { readonly type: string | undefined; readonly id: string | undefined },
  since: string | undefined,
): Promise<{ total?: number }> {
  if (scope.id === undefined) return {};
  const values: unknown[] = [];
  const where = scopeClauses(scope, since, (value) => `$${values.push(value)}`);
  const [row] = await sql.query<{ total: number }>(
    `SELECT count(*)::int AS total FROM resource_history h JOIN resource USING (type, id)
     WHERE ${[...where, visibleTo(caller)].join(' AND ')}`,
    values,
  );
  return { total: row?.total ?? 0 };
}

async function isKnown(sql: Sql, { caller }: Session, type: string, id: string): Promise<boolean> {
  const rows = await sql.query(`SELECT 1 FROM resource WHERE type = $1 AND id = $2 AND ${visibleTo(caller)}`, [
    type,
    id,
  ]);
  return rows.length > 0;
}

function entryOf({ type, id, version, at, deleted, content }: VersionRow, base: string): BundleEntry {
  const method = deleted ? 'DELETE' : version === 1 ? 'POST' : 'PUT';
  return {
    fullUrl: `${base}/${type}/${id}`,
    ...(content ? { resource: content } : {}),
    request: { method, url: method === 'POST' ? type : `${type}/${id}` },
    response: {
      status: deleted ? '204' : version === 1 ? '201' : '200',
      etag: `W/"${version}"`,
      lastModified: new Date(at).toISOString(),
    },
  };
}

function links(
  base: string,
  { type, id }: { readonly type: string | undefined; readonly id: string | undefined },
  params: Params,
  next: string | undefined,
): NonNullable<Bundle['link']> {
  const address = [base, type, id, '_history'].filter((part) => part !== undefined).join('/');
  const kept = params.filter(([name]) => name !== '_cursor');
  const url = (query: Params): string => (query.length > 0 ? `${address}?${new URLSearchParams(query)}` : address);
  return [
    { relation: 'self', url: url(params) },
    ...(next ? [{ relation: 'next', url: url([...kept, ['_cursor', next]]) }] : []),
  ];
}

function cursorOf({ at, type, id, version }: VersionRow): string {
  return Buffer.from(JSON.stringify([at, type, id, version])).toString('base64url');
}

function readCursor(cursor: string): readonly unknown[] {
  try {
    const after: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (Array.isArray(after) && after.length === 4 && !Number.isNaN(Date.parse(String(after[0])))) return after;
  } catch {
    // Said below.
  }
  const text = 'This _cursor is not one of a link this server gave. Follow the link relation "next" as it is.';
  throw new AppError('invalid', 'history.cursor', text);
}

function sinceOf(value: string): string {
  try {
    return dateRange(value).startsAt.toISOString();
  } catch {
    const text = '_since must be an instant, e.g. 2026-11-22T10:00:00Z.';
    throw new AppError('invalid', 'history.since', text);
  }
}

function countOf(value: string | undefined): number {
  if (value === undefined) return PAGE;
  const count = Number(value);
  if (/^\d+$/.test(value) && count > 0) return Math.min(count, LARGEST_PAGE);
  throw new AppError('invalid', 'history.count', '_count must be a whole number, 1 or more.');
}
