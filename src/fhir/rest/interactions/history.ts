import type { Bundle, BundleEntry, Resource } from '@medplum/fhirtypes';
import type { Sql } from '../../../db/database.ts';
import { AppError } from '../../../errors.ts';
import { type Caller, contentFor, visibleTo } from '../../caller.ts';
import { storedTypes } from '../../definitions.ts';
import { requireEarlierVersions, requireWholeScope } from '../../scopes/allowed.ts';
import { type DateRange, tryDateRange } from '../../search/date-range.ts';
import { marked } from '../../sharing/confidentiality.ts';
import { someEntries } from '../../some-entries.ts';
import { notFound, type Session } from '../interaction.ts';
import type { Params } from '../request/address.ts';

interface VersionRow {
  readonly type: string;
  readonly id: string;
  readonly version: number;
  /** To the microsecond, as text: a time of this language would lose them. */
  readonly at: string;
  readonly deleted: boolean;
  /** Whether it made the resource by an update. */
  readonly put: boolean;
  readonly content: Resource | null;
}

const PAGE = 50;
const LARGEST_PAGE = 1_000;

/** Whose history: one resource's, a type's, or that of all. */
interface Scope {
  readonly type: string | undefined;
  readonly id: string | undefined;
}

/** Which of its versions. */
interface Window {
  /** Those since then. */
  readonly since: string | undefined;
  /** Those that stood at some moment of this time. */
  readonly at: DateRange | undefined;
}

/**
 * What happened to one resource, to those of a type, or to all, newest first: a page of it.
 * @param params `_since`, `_at`, `_count`, and the `_cursor` of a link to a further page
 * @throws AppError (404) when there is no such resource, (400) when a parameter cannot be read
 * @see https://hl7.org/fhir/R4/http.html#history
 */
export async function history(sql: Sql, session: Session, scope: Scope, params: Params): Promise<Bundle> {
  requireEarlierVersions(session.caller);
  requireWholeScope(session.caller, scope.id === undefined ? 's' : 'r', scope.type ?? '*');
  const asked = new Map(params);
  if (session.strict) refuseUnknown(params);
  const known = params.filter(([name]) => KNOWN.includes(name));
  const count = countOf(asked.get('_count'));
  const window = windowOf(asked);
  const after = asked.get('_cursor');
  const page = { ...window, after: after === undefined ? undefined : readCursor(after), limit: count + 1 };
  const onlyCounts = asked.get('_summary') === 'count';
  const rows = await versions(sql, session, scope, page);
  if (scope.id !== undefined && rows.length === 0 && after === undefined) {
    const isThere = await isKnown(sql, session, scope.type ?? '', scope.id);
    if (!isThere) throw notFound(scope.type ?? '', scope.id);
  }
  const last = rows.length > count ? rows[count - 1] : undefined;
  return marked({
    resourceType: 'Bundle',
    type: 'history',
    ...(await totalOf(sql, session, scope, window)),
    link: links(session.base, scope, known, last && !onlyCounts ? cursorOf(last) : undefined),
    ...someEntries(onlyCounts ? [] : rows.slice(0, count).map((row) => entryOf(row, session.base))),
  });
}

const TOO_COSTLY =
  'This history takes longer than this server allows, and was ended. Ask for less: the history of one resource or of one type, what changed since a time (_since), or a smaller _count, and follow the links to the next pages.';

/** What a history is refused with that the database has ended. */
export function historyTooCostly(cause: unknown): AppError {
  return new AppError('tooCostly', 'history.too-costly', TOO_COSTLY, { cause });
}

/** The link to itself says what was heard: these. */
const KNOWN: readonly string[] = ['_since', '_at', '_count', '_cursor', '_summary', '_elements', '_format', '_pretty'];

/** @see https://hl7.org/fhir/R4/search.html#errors */
function refuseUnknown(params: Params): void {
  if (params.every(([name]) => KNOWN.includes(name))) return;
  const text = 'A history knows _since, _at and _count. Leave the other parameters out, or handling=strict.';
  throw new AppError('invalid', 'history.unknown-parameter', text);
}

function windowOf(asked: ReadonlyMap<string, string>): Window {
  const [since, at] = [asked.get('_since'), asked.get('_at')];
  return {
    since: since === undefined ? undefined : timeOf('_since', since).startsAt.toISOString(),
    at: at === undefined ? undefined : timeOf('_at', at),
  };
}

const columns = (
  caller: Caller,
): string => `h.type, h.id, h.version, h.last_updated::text AS at, h.deleted, h.last_updated,
  ${contentFor(caller, 'resource', undefined, 'h')} AS content,
  EXISTS (SELECT 1 FROM resource_made_by_put p WHERE p.type = h.type AND p.id = h.id AND p.version = h.version) AS put`;
const ORDER = ['last_updated', 'type', 'id', 'version'];

/**
 * A page of versions. Those of all types are those of each, put together: so one index by type serves both.
 */
async function versions(
  sql: Sql,
  { caller }: Session,
  scope: Scope,
  page: Window & { readonly after: readonly unknown[] | undefined; readonly limit: number },
): Promise<VersionRow[]> {
  const values: unknown[] = [];
  const add = (value: unknown): string => `$${values.push(value)}`;
  const limit = add(page.limit);
  const where = [...clauses(scope, page, add), visibleTo(caller)];
  if (page.after) {
    const [at, type, id, version] = page.after.map(add);
    // The first of these lets the index begin where the page does.
    where.push(`h.last_updated <= ${at}::timestamptz`);
    where.push(`(${orderBy('h')}) < (${at}::timestamptz, ${type}::text, ${id}::text, ${version}::int)`);
  }
  const ofType = (type: string): string =>
    `SELECT ${columns(caller)} FROM resource_version h JOIN resource USING (type, id)
     WHERE ${[`h.type = ${type}`, ...where].join(' AND ')} ORDER BY ${orderBy('h', ' DESC')} LIMIT ${limit}`;
  const text =
    scope.type === undefined
      ? `SELECT v.* FROM unnest(${add(storedTypes())}::text[]) AS t(type), LATERAL (${ofType('t.type')}) v
         ORDER BY ${orderBy('v', ' DESC')} LIMIT ${limit}`
      : ofType(add(scope.type));
  return sql.query<VersionRow>(text, values);
}

function orderBy(alias: string, direction = ''): string {
  return ORDER.map((column) => `${alias}.${column}${direction}`).join(', ');
}

function clauses({ id }: Scope, { since, at }: Window, add: (value: unknown) => string): string[] {
  return [
    ...(id === undefined ? [] : [`h.id = ${add(id)}`]),
    ...(since === undefined ? [] : [`h.last_updated >= ${add(since)}`]),
    ...(at === undefined ? [] : stoodAt(at, add)),
  ];
}

/** A version stands from when it was written until the next one is. */
function stoodAt({ startsAt, endsAt }: DateRange, add: (value: unknown) => string): string[] {
  return [
    `h.last_updated <= ${add(endsAt.toISOString())}`,
    `NOT EXISTS (SELECT 1 FROM resource_version n WHERE n.type = h.type AND n.id = h.id
                 AND n.version = h.version + 1 AND n.last_updated <= ${add(startsAt.toISOString())})`,
  ];
}

/** Counting is for one resource's history: that of a type or of all is as long as the server is old. */
async function totalOf(sql: Sql, { caller }: Session, scope: Scope, window: Window): Promise<{ total?: number }> {
  if (scope.id === undefined) return {};
  const values: unknown[] = [];
  const add = (value: unknown): string => `$${values.push(value)}`;
  const where = [`h.type = ${add(scope.type)}`, ...clauses(scope, window, add), visibleTo(caller)];
  const [row] = await sql.query<{ total: number }>(
    `SELECT count(*)::int AS total FROM resource_version h JOIN resource USING (type, id)
     WHERE ${where.join(' AND ')}`,
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

function entryOf({ type, id, version, at, deleted, put, content }: VersionRow, base: string): BundleEntry {
  const method = deleted ? 'DELETE' : version === 1 && !put ? 'POST' : 'PUT';
  return {
    fullUrl: `${base}/${type}/${id}`,
    ...(content ? { resource: content } : {}),
    request: { method, url: method === 'POST' ? type : `${type}/${id}` },
    response: {
      status: deleted ? '204' : version === 1 || put ? '201' : '200',
      etag: `W/"${version}"`,
      lastModified: new Date(at).toISOString(),
    },
  };
}

function links(
  base: string,
  { type, id }: Scope,
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
  const text = 'This _cursor is not one of a link this server gave. Follow the links of a search result as they are.';
  throw new AppError('invalid', 'history.cursor', text);
}

function timeOf(name: string, value: string): DateRange {
  const range = tryDateRange(value);
  if (range) return range;
  const text = `${name} must be a moment or a day, e.g. 2026-11-22T10:00:00Z or 2026-11-22.`;
  throw new AppError('invalid', 'history.time', text);
}

function countOf(value: string | undefined): number {
  if (value === undefined) return PAGE;
  const count = Number(value);
  if (/^\d+$/.test(value) && count > 0) return Math.min(count, LARGEST_PAGE);
  throw new AppError('invalid', 'history.count', '_count must be a whole number, 1 or more.');
}
