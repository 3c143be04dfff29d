import { type Caller, trimmedFor } from '../../caller.ts';
import type { Shown } from '../subsetted.ts';

/** What must be shown of a resource for a search to look at it: all of one of these lists. */
export type Needs = readonly Shown[];

/**
 * A clause that holds for a row of `resource` of which a caller is shown what a search looks at; undefined: it holds for every
 * row. The index is one for all readers: what is trimmed for one of them must not be looked at for that one, or it were told
 * by what is found. Of what is shown in part nothing is looked at, but the identifiers of a system.
 */
export function seenSql(caller: Caller, row: string, needs: Needs): string | undefined {
  const own = trimmedFor(caller);
  if (own === undefined) return undefined;
  const shown = `(${row}.trimmed -> '${own}')`;
  const either = needs.map((words) => `${shown} ?& ARRAY[${words.map(quoted).join(', ')}]`);
  return `(${row}.trimmed IS NULL OR ${shown} IS NULL OR ${either.join(' OR ')})`;
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", "''")}'`;
}

/**
 * The content by which searches find a row for a caller, as SQL: what the index is made of, without what is trimmed for that
 * one, or shown in part.
 */
export function indexedFor(caller: Caller, row: string, content: string): string {
  const own = trimmedFor(caller);
  const indexed = `CASE WHEN ${row}.shown IS NULL THEN ${content} ELSE subsetted(${content}, ${row}.shown) END`;
  if (own === undefined) return indexed;
  const whole = `ARRAY(SELECT w FROM unnest(shown_to(${row}.shown, ${row}.trimmed, '${own}')) AS w WHERE position('|' IN w) = 0)`;
  return `CASE WHEN ${row}.trimmed -> '${own}' IS NULL THEN ${indexed} ELSE subsetted(${content}, ${whole}) END`;
}
