import type { Resource } from '@medplum/fhirtypes';
import { indexResource } from '../../store/index/index-resource.ts';
import type { SearchRequest, SortKey } from '../request/search-request.ts';
import { isSorted, prefixesOf, sortType } from './sort.ts';
import type { Values } from './values.ts';

/** One term of an order: a column of the rows that are ordered. */
export interface OrderTerm {
  readonly column: string;
  readonly type: 'timestamptz' | 'text' | 'float8';
  readonly descending: boolean;
}

/** The keys results are ordered by: newest changes first unless sorted otherwise. */
export function sortKeysOf({ sort }: Pick<SearchRequest, 'sort'>): readonly SortKey[] {
  return sort.length > 0 ? sort : [{ kind: 'updated', descending: true }];
}

/** Whether results come in the order of their changes alone, which an index has. */
export function isByChange({ sort }: Pick<SearchRequest, 'sort'>): boolean {
  return sort.length === 0 || (sort.length === 1 && sort[0]?.kind === 'updated');
}

/** The terms of an order, the last of which tell all resources apart. @param columns the names of the keys' columns */
export function orderTerms({ sort, types }: SearchRequest, columns: readonly string[]): OrderTerm[] {
  const keys = sortKeysOf({ sort });
  const descending = keys.at(-1)?.descending ?? false;
  const terms = keys.map((key, at) => ({
    column: columns[at] ?? '',
    type: sortType(key),
    descending: key.descending,
  }));
  const ties = types.length > 1 ? ['id', 'type'] : ['id'];
  return [...terms, ...ties.map((column) => ({ column, type: 'text' as const, descending }))];
}

/** ORDER BY; resources without a value come last. @param backwards the other way round, for the page before */
export function orderBy(terms: readonly OrderTerm[], backwards: boolean): string {
  return terms
    .map(({ column, descending }) => {
      const direction = descending === backwards ? 'ASC' : 'DESC';
      // The names of ids and times are never without a value: said of them, it would keep an index from being used.
      const isKey = /^k\d+$/.test(column);
      return `${column} ${direction}${isKey ? (backwards ? ' NULLS FIRST' : ' NULLS LAST') : ''}`;
    })
    .join(', ');
}

/** What stands behind a place in the order, as SQL. @param place the values of the terms there */
export function behind(
  terms: readonly OrderTerm[],
  place: readonly unknown[],
  backwards: boolean,
  values: Values,
): string {
  const [term, ...rest] = terms;
  if (!term) return 'false';
  const { column, type, descending } = term;
  const value = place[0] ?? null;
  const further = rest.length > 0 ? behind(rest, place.slice(1), backwards, values) : 'false';
  if (value === null) {
    const same = `(${column} IS NULL AND ${further})`;
    return backwards ? `(${column} IS NOT NULL OR ${same})` : same;
  }
  const at = `${values.add(value)}::${type}`;
  const sign = descending === backwards ? '>' : '<';
  const beyond = backwards ? `${column} ${sign} ${at}` : `${column} ${sign} ${at} OR ${column} IS NULL`;
  return `(${beyond} OR (${column} = ${at} AND ${further}))`;
}

/** The values a resource is ordered by. Pure. */
export function placeOf(request: SearchRequest, resource: Resource, lastUpdated: Date): unknown[] {
  const { types } = request;
  const index = indexResource(resource);
  const keys = sortKeysOf(request).map((key) => {
    if (key.kind === 'updated') return lastUpdated.toISOString();
    if (key.kind === 'id') return resource.id;
    const { parameter, descending } = key;
    if (sortType(key) === 'float8') {
      const lows = index.ranges.filter(({ param }) => parameter.keys.includes(param)).map(({ low }) => low);
      return lows.length === 0 ? null : descending ? Math.max(...lows) : Math.min(...lows);
    }
    const texts = parameter.type === 'string' ? index.texts : index.tokens;
    const found = prefixesOf(types, parameter).flatMap((prefix) =>
      texts.filter((text) => text.startsWith(prefix)).map((text) => text.slice(prefix.length)),
    );
    const wanted = parameter.type === 'string' ? found : found.filter((form) => isSorted(parameter, form));
    return edge(wanted, descending);
  });
  return [...keys, resource.id, ...(types.length > 1 ? [resource.resourceType] : [])];
}

/** The first or last of some texts by their bytes, as the database compares them. */
function edge(texts: readonly string[], last: boolean): string | null {
  const sorted = texts.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return sorted.at(last ? -1 : 0) ?? null;
}
