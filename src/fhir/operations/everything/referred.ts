import type { Sql } from '../../../db/database.ts';
import { type Caller, contentFor, visibleTo } from '../../caller.ts';
import { type LocalReference, parseLocal } from '../../references.ts';

/** A role leads to a person and an organization, that to a place: as far as this. */
const FARTHEST = 3;

/**
 * What some resources refer to, and what that refers to, of this server: people, organizations, places, medications.
 * @param bound the types that belong to patients: they are not followed, so that nobody else's record is reached
 */
export async function referredFrom(
  sql: Sql,
  caller: Caller,
  bound: readonly string[],
  from: readonly LocalReference[],
): Promise<LocalReference[]> {
  const found = new Map<string, LocalReference>();
  let level = from;
  for (let far = 1; far <= FARTHEST && level.length > 0; far += 1) {
    const next = (await referencesIn(sql, caller, level)).filter(
      (each) => !bound.includes(each.type) && !found.has(nameOf(each)),
    );
    for (const each of next) found.set(nameOf(each), each);
    level = next;
  }
  return [...found.values()];
}

function nameOf({ type, id }: LocalReference): string {
  return `${type}/${id}`;
}

/** The references in some resources, named by types and ids. */
export const REFERENCES_IN_SQL = (caller: Caller): string => `
  SELECT DISTINCT found.value #>> '{}' AS reference
  FROM unnest($1::text[], $2::text[]) AS wanted(type, id) JOIN resource USING (type, id)
    CROSS JOIN LATERAL jsonb_path_query(${contentFor(caller)}::jsonb, 'lax $.**.reference') AS found(value)
  WHERE NOT resource.deleted AND ${visibleTo(caller)}`;

/** The addresses of this server in some resources, each once. */
async function referencesIn(sql: Sql, caller: Caller, some: readonly LocalReference[]): Promise<LocalReference[]> {
  const rows = await sql.query<{ reference: string | null }>(REFERENCES_IN_SQL(caller), [
    some.map(({ type }) => type),
    some.map(({ id }) => id),
  ]);
  const addresses = rows.flatMap(({ reference }) => parseLocal(reference ?? undefined) ?? []);
  // A version of a resource is read as the resource.
  return [...new Map(addresses.map((each) => [nameOf(each), each])).values()];
}
