import { type Caller, contentFor, visibleTo } from '../caller.ts';
import { SUBSETTED } from '../sharing/subsetted.ts';
import { TRIMMED_TYPES } from '../sharing/trimming/demographics.ts';
import { indexResource } from '../store/index/index-resource.ts';
import type { Stored } from '../store/unit-of-work.ts';
import { type Parameter, parametersOf } from './parameters/parameter.ts';
import type { Inclusion } from './request/search-request.ts';
import type { Reading } from './resolve.ts';

/** The reference parameters of a type that an inclusion follows. */
export function followed(type: string, { code }: Pick<Inclusion, 'code'>): Parameter[] {
  const references = [...parametersOf(type).values()].filter((parameter) => parameter.type === 'reference');
  return code === undefined ? references : references.filter((parameter) => parameter.code === code);
}

/** Resources by the keys they have one of; the latest changes first. */
export async function readReferring(
  { sql, caller }: Reading,
  keys: readonly string[],
  limit: number,
): Promise<Stored[]> {
  if (keys.length === 0) return [];
  const rows = await sql.query<{ content: Stored }>(REFERRING_SQL(caller), [keys, limit]);
  return rows.map(({ content }) => content).filter((each) => !isTrimmed(each) || refers(each, keys));
}

/** What is cut for who asks is found by what is left of it: the index is of all of it. */
function refers(part: Stored, keys: readonly string[]): boolean {
  const { tokens } = indexResource(part);
  return keys.some((key) => tokens.includes(key));
}

function isTrimmed({ resourceType, meta }: Stored): boolean {
  return TRIMMED_TYPES.includes(resourceType) && (meta?.tag ?? []).some(({ code }) => code === SUBSETTED.code);
}

/** What refers to resources. It is gathered first: with only a LIMIT to go by, the planner would read the table for it. */
export const REFERRING_SQL = (caller: Caller): string => `
  WITH hit AS MATERIALIZED (
    SELECT type, id, last_updated FROM resource WHERE tokens && $1::text[] AND NOT deleted AND ${visibleTo(caller)})
  SELECT ${contentFor(caller)} AS content FROM (SELECT * FROM hit ORDER BY last_updated DESC, id LIMIT $2) page JOIN resource USING (type, id)
  ORDER BY page.last_updated DESC, page.id`;
