import type { Filter, SearchRequest, SortRule } from '@medplum/core';
import type { SearchParameter } from '@medplum/fhirtypes';
import { AppError } from '../../errors.ts';
import { type Caller, visibleTo } from '../caller.ts';
import { foldText, PRESENT, searchParametersOf, tokenKey } from '../store/index-resource.ts';
import { type DateRange, dateRange } from './date-range.ts';

/** A search as SQL: one row per match (`content`), newest changes first unless sorted otherwise. */
export interface SearchSql {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** Collects the values of a statement and hands out their placeholders. */
class Values {
  readonly list: unknown[] = [];
  add(value: unknown): string {
    this.list.push(value);
    return `$${this.list.length}`;
  }
}

/**
 * A search request as one SQL statement, visibility included. Pure.
 * @param limit rows asked for (one more than a page tells whether there is a next one)
 * @throws AppError naming the parameter that cannot be searched, and why
 * @see https://hl7.org/fhir/R4/search.html
 */
export function searchSql(request: SearchRequest, caller: Caller, limit: number): SearchSql {
  const values = new Values();
  const where = whereClauses(request, caller, values);
  const order = orderBy(request.sortRules ?? [], request.resourceType, values);
  const text = `SELECT content FROM resource WHERE ${where.join(' AND ')} ORDER BY ${order}
    LIMIT ${values.add(limit)} OFFSET ${values.add(offsetOf(request))}`;
  return { text, values: values.list };
}

function offsetOf({ offset = 0 }: SearchRequest): number {
  if (Number.isSafeInteger(offset) && offset >= 0) return offset;
  throw new AppError('invalid', 'search.offset', '_offset must be a whole number, 0 or more.');
}

/** How many resources a search matches. */
export function countSql(request: SearchRequest, caller: Caller): SearchSql {
  const values = new Values();
  const where = whereClauses(request, caller, values);
  return { text: `SELECT count(*)::int AS total FROM resource WHERE ${where.join(' AND ')}`, values: values.list };
}

/** The parameters of a request that this server does not know for the type. */
export function unknownParameters(request: SearchRequest): string[] {
  return (request.filters ?? [])
    .filter((filter) => !isKnown(request.resourceType, filter.code))
    .map((filter) => filter.code);
}

function isKnown(type: string, code: string): boolean {
  return COLUMN_FILTERS.has(code) || parameter(type, code) !== undefined;
}

function whereClauses(request: SearchRequest, caller: Caller, values: Values): string[] {
  const known = (request.filters ?? []).filter((filter) => isKnown(request.resourceType, filter.code));
  return [
    `resource.type = ${values.add(request.resourceType)}`,
    'NOT resource.deleted',
    visibleTo(caller),
    ...known.map((filter) => `(${filterSql(request.resourceType, filter, values)})`),
  ];
}

/** A parameter of a type by its code; `constructor` and the like are none. */
function parameter(type: string, code: string): SearchParameter | undefined {
  return searchParametersOf(type).find((param) => param.code === code);
}

const COLUMN_FILTERS: ReadonlyMap<string, (filter: Filter, values: Values) => string> = new Map([
  ['_id', (filter, values) => `resource.id = ANY(${values.add(splitValues(filter.value))}::text[])`],
  ['_lastUpdated', (filter, values) => anyOf(filter, (value) => momentSql(filter, dateOf(filter, value), values))],
]);

function filterSql(type: string, filter: Filter, values: Values): string {
  const column = COLUMN_FILTERS.get(filter.code);
  if (column) return column(filter, values);
  const param = parameter(type, filter.code) as SearchParameter;
  if (filter.operator === 'missing') return missingSql(type, param, filter, values);
  switch (param.type) {
    case 'token':
    case 'reference':
    case 'uri':
      return keysSql(type, param, filter, values);
    case 'string':
      return anyOf(filter, (value) => stringSql(filter, value, values));
    case 'date':
      return anyOf(filter, (value) => dateSql(filter, dateOf(filter, value), values));
    default:
      throw refused(filter, `Searching by ${param.type} is not supported here.`);
  }
}

function missingSql(type: string, param: SearchParameter, filter: Filter, values: Values): string {
  const present = `resource.tokens @> ARRAY[${values.add(tokenKey(type, param.code, PRESENT))}]`;
  return filter.value === 'true' ? `NOT ${present}` : present;
}

function keysSql(type: string, param: SearchParameter, filter: Filter, values: Values): string {
  const prefix = filter.operator === 'identifier' ? 'identifier:' : '';
  if (!['eq', 'not', 'identifier'].includes(filter.operator))
    throw refused(filter, `The modifier :${filter.operator} is not supported for ${param.type} parameters.`);
  const keys = splitValues(filter.value).map((value) => tokenKey(type, param.code, prefix + value));
  const hit = `resource.tokens && ${values.add(keys)}::text[]`;
  return filter.operator === 'not' ? `NOT ${hit}` : hit;
}

function stringSql(filter: Filter, value: string, values: Values): string {
  const owner = `SELECT 1 FROM search_string s WHERE s.type = resource.type AND s.id = resource.id AND s.param = ${values.add(filter.code)}`;
  switch (filter.operator) {
    case 'exact':
      return `EXISTS (${owner} AND s.value = ${values.add(foldText(value))} AND s.exact = ${values.add(value)})`;
    case 'contains':
      return `EXISTS (${owner} AND position(${values.add(foldText(value))} IN s.value) > 0)`;
    case 'eq':
      return `EXISTS (${owner} AND s.value LIKE ${values.add(`${escapeLike(foldText(value))}%`)})`;
    default:
      throw refused(filter, `The modifier :${filter.operator} is not supported for string parameters.`);
  }
}

function dateSql(filter: Filter, range: DateRange, values: Values): string {
  const owner = `SELECT 1 FROM search_date d WHERE d.type = resource.type AND d.id = resource.id AND d.param = ${values.add(filter.code)}`;
  return `EXISTS (${owner} AND ${compareSql(filter, 'd.starts_at', 'd.ends_at', range, values)})`;
}

function momentSql(filter: Filter, range: DateRange, values: Values): string {
  return compareSql(filter, 'resource.last_updated', 'resource.last_updated', range, values);
}

/** The prefixes of date searches, over the period a value covers. @see https://hl7.org/fhir/R4/search.html#prefix */
function compareSql(filter: Filter, start: string, end: string, range: DateRange, values: Values): string {
  const from = (): string => values.add(range.startsAt.toISOString());
  const to = (): string => values.add(range.endsAt.toISOString());
  switch (filter.operator) {
    case 'eq':
      return within(start, end, from(), to());
    case 'ne':
      return `NOT (${within(start, end, from(), to())})`;
    case 'gt':
      return `${end} > ${to()}`;
    case 'lt':
      return `${start} < ${from()}`;
    case 'ge':
      return `${end} >= ${from()}`;
    case 'le':
      return `${start} <= ${to()}`;
    case 'sa':
      return `${start} > ${to()}`;
    case 'eb':
      return `${end} < ${from()}`;
    case 'ap':
      return `${start} <= ${to()} AND ${end} >= ${from()}`;
    default:
      throw refused(filter, `The modifier :${filter.operator} is not supported for date parameters.`);
  }
}

/** A period that lies in another. That it begins before the other ends follows, and keeps the index scan short. */
function within(start: string, end: string, from: string, to: string): string {
  return `${start} >= ${from} AND ${start} <= ${to} AND ${end} <= ${to}`;
}

function dateOf(filter: Filter, value: string): DateRange {
  try {
    return dateRange(value);
  } catch {
    throw refused(filter, 'Its value is not a FHIR date, e.g. 2026-11-22 or 2026-11-22T10:00:00Z.');
  }
}

function anyOf(filter: Filter, sql: (value: string) => string): string {
  return splitValues(filter.value)
    .map((value) => `(${sql(value)})`)
    .join(' OR ');
}

/** Alternatives are separated by commas; a comma of a value is written `\,`. @see https://hl7.org/fhir/R4/search.html#escaping */
function splitValues(value: string): string[] {
  return value.split(/(?<!\\),/).map((part) => part.replace(/\\([,$|\\])/g, '$1'));
}

function orderBy(rules: readonly SortRule[], type: string, values: Values): string {
  const terms = rules.map(
    (rule) => `${sortKey(rule.code, type, values)} ${rule.descending ? 'DESC' : 'ASC'} NULLS LAST`,
  );
  const fallback = rules.length === 0 ? ['resource.last_updated DESC'] : [];
  return [...terms, ...fallback, 'resource.id'].join(', ');
}

function sortKey(code: string, type: string, values: Values): string {
  if (code === '_id') return 'resource.id';
  if (code === '_lastUpdated') return 'resource.last_updated';
  const param = parameter(type, code);
  const owned = (table: string, key: string): string =>
    `(SELECT min(x.${key}) FROM ${table} x WHERE x.type = resource.type AND x.id = resource.id AND x.param = ${values.add(code)})`;
  if (param?.type === 'date') return owned('search_date', 'starts_at');
  if (param?.type === 'string') return owned('search_string', 'value');
  throw new AppError(
    'invalid',
    'search.sort-not-supported',
    `Results cannot be sorted by "${code}". Sort by _lastUpdated, _id, or a date or string parameter of ${type}.`,
  );
}

function escapeLike(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&');
}

function refused(filter: Filter, why: string): AppError {
  return new AppError(
    'invalid',
    'search.parameter-not-usable',
    `The search parameter "${filter.code}" cannot be used so. ${why}`,
  );
}
