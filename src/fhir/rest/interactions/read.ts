import type { Resource } from '@medplum/fhirtypes';
import type { Sql } from '../../../db/database.ts';
import { gathered } from '../../../db/gathered.ts';
import { type Caller, contentFor, ownValue, visibleTo } from '../../caller.ts';
import { fromJsonText } from '../../json-text.ts';
import { missingScope, requireEarlierVersions, requireScope } from '../../scopes/allowed.ts';
import { isWithin } from '../../scopes/held.ts';
import { notFound, wasDeleted } from '../interaction.ts';

interface Row {
  readonly deleted: boolean;
  /** As text: most of it is sent as it stands. */
  readonly content: string | null;
}

/**
 * A resource as it stands.
 * @throws AppError (403) when the caller's scopes do not let it read any of this type, (404) when there is none the
 * caller may see, (410) when it was deleted
 * @see https://hl7.org/fhir/R4/http.html#read
 */
export async function read(sql: Sql, caller: Caller, type: string, id: string): Promise<Resource> {
  await requireReadable(sql, caller, type, id);
  return readVisible(sql, caller, type, id);
}

/**
 * @returns undefined where nothing has to be waited for: most scopes have no condition
 * @throws AppError (403) when the caller's scopes do not let it read any of this type, (404) when they do not let it read
 * this one: what lies outside of a scope's condition, and what was deleted, might as well not have been there
 */
export function requireReadable(sql: Sql, caller: Caller, type: string, id: string): Promise<void> | undefined {
  const limits = requireScope(caller, 'r', type);
  return limits && requireOneWithin(sql, caller, { type, id }, limits);
}

async function requireOneWithin(
  sql: Sql,
  caller: Caller,
  { type, id }: { readonly type: string; readonly id: string },
  limits: NonNullable<ReturnType<typeof requireScope>>,
): Promise<void> {
  if (!(await isWithin(sql, caller, type, id, limits))) throw notFound(type, id);
}

/** As `read`, for those whose scopes were asked for otherwise. */
export async function readVisible(sql: Sql, caller: Caller, type: string, id: string): Promise<Resource> {
  const seen: Seen = {
    clause: visibleTo(caller, 'resource', 'c.caller'),
    content: contentFor(caller, 'resource', 'c.caller'),
  };
  const ask = caller.view ? standingFor(seen) : sharedStandingFor(seen);
  const row = await ask(sql, { type, id }, { caller: caller.organizationId });
  return contentOf(row, type, id);
}

/** One version of a resource. @see https://hl7.org/fhir/R4/http.html#vread */
export async function readVersion(
  sql: Sql,
  caller: Caller,
  { type, id, version }: { readonly type: string; readonly id: string; readonly version: string },
): Promise<Resource> {
  const standsOnly = requireScope(caller, 'r', type) !== undefined || caller.view?.kind === 'own-record';
  if (standsOnly) return readCurrent(sql, caller, { type, id, version });
  if (!/^[1-9]\d{0,8}$/.test(version)) throw notFound(type, `${id}/_history/${version}`);
  const [row] = await sql.query<Row>(
    `SELECT ${contentFor(caller, 'resource', '$4::text', 'h')}::text AS content, h.deleted FROM resource_version h JOIN resource USING (type, id)
     WHERE type = $1 AND id = $2 AND h.version = $3 AND ${visibleTo(caller, 'resource', '$4::text')}`,
    [type, id, Number(version), ...ownValue(caller)],
    { brief: true },
  );
  if (!row) throw notFound(type, `${id}/_history/${version}`);
  return contentOf(row, type, id);
}

/** Where a scope has a condition, or one's own record is all one sees, only the version that stands is held against it. */
async function readCurrent(
  sql: Sql,
  caller: Caller,
  { type, id, version }: { readonly type: string; readonly id: string; readonly version: string },
): Promise<Resource> {
  const current = await read(sql, caller, type, id);
  if (current.meta?.versionId === version) return current;
  requireEarlierVersions(caller);
  throw missingScope('r', type, 'without a condition, which earlier versions need');
}

/** What a caller sees, as SQL: which resources, and what of them. */
interface Seen {
  readonly clause: string;
  readonly content: string;
}

type Ask = ReturnType<typeof gathered<{ type: string; id: string }, Row, { caller: string }>>;

/** How a resource is asked for as it stands: together with others of whom the same clause says what they see. */
function standingFor({ clause, content }: Seen): Ask {
  return gathered({
    columns: { type: 'text', id: 'text' },
    common: { caller: 'text' },
    select: `SELECT ${content}::text AS content, deleted FROM resource
      WHERE resource.type = r.type AND resource.id = r.id AND ${clause}`,
  });
}

/** By the clause, of those who see all that their organization sees: there are few. Who sees a part of it asks alone. */
const standing = new Map<string, Ask>();

function sharedStandingFor(seen: Seen): Ask {
  const key = `${seen.content} ${seen.clause}`;
  const known = standing.get(key) ?? standingFor(seen);
  standing.set(key, known);
  return known;
}

function contentOf(row: Row | undefined, type: string, id: string): Resource {
  if (!row) throw notFound(type, id);
  if (row.deleted || !row.content) throw wasDeleted(type, id);
  return fromJsonText(row.content);
}
