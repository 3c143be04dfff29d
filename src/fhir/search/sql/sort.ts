import { PRESENT } from '../../store/index/keys.ts';
import { isCaseless } from '../filters/tokens/read-token.ts';
import type { Parameter } from '../parameters/parameter.ts';
import type { SortKey } from '../request/search-request.ts';
import type { Values } from './values.ts';

/** What a resource is sorted by, as an expression over a row of `resource`; NULL when it has no value. */
export function sortExpression(key: SortKey, types: readonly string[], row: string, values: Values): string {
  if (key.kind === 'updated') return `${row}.last_updated`;
  if (key.kind === 'id') return `${row}.id`;
  const { parameter, descending } = key;
  const least = descending ? 'max' : 'min';
  switch (parameter.type) {
    case 'date':
    case 'number':
    case 'quantity':
      return `(SELECT ${least}(s.low) FROM search_range s WHERE s.type = ${row}.type AND s.id = ${row}.id
        AND s.param = ANY (${values.texts(parameter.keys)}))`;
    case 'string':
      return `(SELECT ${least}(${afterPrefix('t.lexeme')} COLLATE "C") FROM unnest(${row}.texts) AS t(lexeme, positions, weights),
        unnest(${values.texts(prefixesOf(types, parameter))}) AS p(prefix) WHERE starts_with(t.lexeme, p.prefix))`;
    default:
      return `(SELECT ${least}(${afterPrefix('t.key')} COLLATE "C") FROM unnest(${row}.tokens) AS t(key),
        unnest(${values.texts(prefixesOf(types, parameter))}) AS p(prefix) WHERE starts_with(t.key, p.prefix)
        ${isSortedSql(parameter, afterPrefix('t.key'))})`;
  }
}

/**
 * By which of a token's forms it is sorted: its code; where case does not count, in lower case. What has none is sorted
 * as if it were not there.
 */
export function isSorted(parameter: Parameter, form: string): boolean {
  if (form === PRESENT) return false;
  if (parameter.type !== 'token') return true;
  return !form.includes('|') && !(isCaseless(parameter) && /[A-Z]/.test(form));
}

/** The same as SQL. */
function isSortedSql(parameter: Parameter, form: string): string {
  const isThere = `AND ${form} <> '${PRESENT}'`;
  if (parameter.type !== 'token') return isThere;
  const inLower = isCaseless(parameter) ? ` AND ${form} = lower(${form} COLLATE "C")` : '';
  return `${isThere} AND position('|' IN ${form}) = 0${inLower}`;
}

function afterPrefix(column: string): string {
  return `substr(${column}, length(p.prefix) + 1)`;
}

/** How the entries of a parameter begin in the index. */
export function prefixesOf(types: readonly string[], { keys, only }: Parameter): string[] {
  return types.flatMap((type) => keys.map((key) => `${type}.${key}=${only ? `${only}/` : ''}`));
}

/** The SQL type of what a key is sorted by. */
export function sortType(key: SortKey): 'timestamptz' | 'text' | 'float8' {
  if (key.kind === 'updated') return 'timestamptz';
  if (key.kind === 'id') return 'text';
  return ['date', 'number', 'quantity'].includes(key.parameter.type) ? 'float8' : 'text';
}
