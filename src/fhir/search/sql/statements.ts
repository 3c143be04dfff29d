import { type Caller, contentFor, visibleTo } from '../../caller.ts';
import { seenSql } from '../../sharing/trimming/seen.ts';
import { allOf, type Condition, type KeysCondition } from '../conditions/condition.ts';
import { neededFor } from '../filters/only-shown.ts';
import type { SearchRequest, SortKey } from '../request/search-request.ts';
import { behind, isByChange, orderBy, orderTerms, sortKeysOf } from './order.ts';
import { predicate } from './predicate.ts';
import { sortExpression } from './sort.ts';
import { type Statement, Values } from './values.ts';

/** What of a row a caller's results are sorted by: of what is trimmed for it nothing. */
function sortedBy(key: SortKey, types: readonly string[], caller: Caller, values: Values): string {
  const by = sortExpression(key, types, 'resource', values);
  if (key.kind !== 'parameter') return by;
  const { parameter } = key;
  const needs = neededFor(types.map((type) => ({ type, parameter })));
  const seen = needs && seenSql(caller, 'resource', needs);
  return seen ? `CASE WHEN ${seen} THEN ${by} END` : by;
}

/** Which part of the results is wanted. */
export interface Page {
  /** The values of the order at the place to begin behind; undefined: from the start. */
  readonly place: readonly unknown[] | undefined;
  readonly backwards: boolean;
  readonly limit: number;
  /** What was created since is left out. */
  readonly asOf: Date | undefined;
}

/** What every row of a search must be: of its types, there, and within what the caller may see. */
function basics(types: readonly string[], where: readonly Condition[], caller: Caller, values: Values): string[] {
  return [visibleTo(caller), ...matching(types, where, caller, values)];
}

/** What matches, whoever may see it: who gives it to a caller asks `visibleTo` of it too. */
function matching(types: readonly string[], where: readonly Condition[], caller: Caller, values: Values): string[] {
  // Ids are looked up with their type.
  const isTyped = where.some(isKeyed) && !where.some(({ kind }) => kind === 'ids');
  const [type] = types;
  // Keys and texts name their type: said again, it would make the planner read the index of all rows of the type.
  const ofType = isTyped
    ? []
    : [types.length === 1 ? `resource.type = ${values.add(type)}` : `resource.type = ANY (${values.texts(types)})`];
  const scope = { caller, values, row: 'resource' };
  return [...ofType, 'NOT resource.deleted', ...where.map((each) => predicate(each, scope))];
}

function isKeyed({ kind }: Condition): boolean {
  return kind === 'keys' || kind === 'texts' || kind === 'group';
}

/** How many resources a search matches. */
export function countStatement({ types, where }: Pick<SearchRequest, 'types' | 'where'>, caller: Caller): Statement {
  const values = new Values();
  const clauses = basics(types, where, caller, values);
  return { text: `SELECT count(*)::int AS total FROM resource WHERE ${clauses.join(' AND ')}`, values: values.list };
}

/**
 * The ids of what a condition finds, or what `column` says of it, without regard to order. What is found is gathered
 * first: with only a LIMIT to go by, the planner would look through the table in the hope to meet some soon.
 */
export function foundStatement(
  type: string,
  where: readonly Condition[],
  caller: Caller,
  select: (values: Values) => string,
): Statement {
  const values = new Values();
  const clauses = basics([type], where, caller, values);
  const hit = `SELECT resource.id, resource.tokens FROM resource WHERE ${clauses.join(' AND ')}`;
  return { text: `WITH hit AS MATERIALIZED (${hit}) ${select(values)}`, values: values.list };
}

/**
 * A page of results: all that match are gathered, then ordered. For searches that find little, or sort.
 * @param ahead of how many at the head of the order alone it is asked whether the caller may see them; undefined: of all.
 * When that finds less than a page, there may be more
 */
export function gatherStatement(request: SearchRequest, caller: Caller, page: Page, ahead?: number): Statement {
  const values = new Values();
  const clauses = matching(request.types, request.where, caller, values);
  if (page.asOf) clauses.push(notSince(page.asOf, values));
  if (ahead === undefined) clauses.push(visibleTo(caller));
  const keys = sortKeysOf(request).map((key) => sortedBy(key, request.types, caller, values));
  const names = keys.map((_, at) => `k${at}`);
  const columns = keys.map((key, at) => `${key} AS k${at}`);
  const terms = orderTerms(request, names);
  const from = page.place ? `WHERE ${behind(terms, page.place, page.backwards, values)}` : '';
  const order = orderBy(terms, page.backwards);
  const text = `WITH hit AS MATERIALIZED (
      SELECT ${['resource.type', 'resource.id', ...columns].join(', ')} FROM resource WHERE ${clauses.join(' AND ')})
    SELECT ${contentFor(caller)} AS content
    FROM (SELECT * FROM hit ${from} ORDER BY ${order} LIMIT ${values.add(ahead ?? page.limit)}) page JOIN resource USING (type, id)
    ${ahead === undefined ? '' : `WHERE ${visibleTo(caller)}`} ORDER BY ${order} LIMIT ${values.add(page.limit)}`;
  return { text, values: values.list };
}

/** How resources are looked through in the order of their changes. */
export interface Walk {
  /** The condition whose lists are looked through, rather than all of a type. */
  readonly list?: KeysCondition | undefined;
  /** How many of each type or list are looked at, at most; undefined: as many as it takes. */
  readonly budget?: number | undefined;
}

/** A page of results in the order of their changes, looked for in that order: for searches that find much. */
export function walkStatement(
  request: SearchRequest,
  caller: Caller,
  page: Page,
  { list, budget }: Walk = {},
): Statement {
  const values = new Values();
  const { types, where } = request;
  const one = types.length === 1 && !list ? types[0] : undefined;
  const terms = orderTerms(request, ['last_updated']);
  const order = orderBy(terms, page.backwards);
  const scope = { caller, values, row: 'resource' };
  const updated = where.filter(({ kind }) => kind === 'updated');
  const others = where.filter((each) => each.kind !== 'updated' && each !== list && !holdsAnyway(each));
  const inWindow = [
    list ? 'resource.listed = t.key' : one ? `resource.type = ${values.add(one)}` : 'resource.type = t.type',
    ...(page.place ? [rowBehind(terms, page.place, page.backwards, values)] : []),
    ...updated.map((each) => predicate(each, scope)),
  ];
  const clauses = ['NOT resource.deleted', visibleTo(caller)];
  if (page.asOf) clauses.push(notSince(page.asOf, values));
  if (others.length > 0) clauses.push(predicate(allOf(others), scope));
  const limit = values.add(page.limit);
  const window =
    budget === undefined
      ? `SELECT * FROM resource WHERE ${[...inWindow, ...clauses].join(' AND ')} ORDER BY ${order} LIMIT ${limit}`
      : `SELECT * FROM (SELECT * FROM resource WHERE ${inWindow.join(' AND ')} ORDER BY ${order} LIMIT ${values.add(budget)}) resource
         WHERE ${clauses.join(' AND ')} ORDER BY ${order} LIMIT ${limit}`;
  if (one)
    return {
      text: `SELECT ${contentFor(caller)} AS content FROM (${window}) resource ORDER BY ${order}`,
      values: values.list,
    };
  const text = `SELECT ${contentFor(caller)} AS content FROM unnest(${values.texts(list ? list.keys : types)}) AS t(${list ? 'key' : 'type'}) CROSS JOIN LATERAL (${window}) resource
    ORDER BY ${order.replaceAll(/\b(last_updated|id|type)\b/g, 'resource.$1')} LIMIT ${limit}`;
  return { text, values: values.list };
}

function holdsAnyway(each: Condition): boolean {
  return each.kind === 'keys' && each.holdsAnyway === true;
}

/** Whether a search can be answered in the order of changes. */
export { isByChange };

/** All terms go the same way: they are compared as one row, for which the index serves. */
function rowBehind(
  terms: ReturnType<typeof orderTerms>,
  place: readonly unknown[],
  backwards: boolean,
  values: Values,
): string {
  const columns = terms.map(({ column }) => `resource.${column}`);
  const at = terms.map(({ type }, index) => `${values.add(place[index])}::${type}`);
  return `(${columns.join(', ')}) ${terms[0]?.descending === backwards ? '>' : '<'} (${at.join(', ')})`;
}

function notSince(asOf: Date, values: Values): string {
  return `NOT (resource.version = 1 AND resource.last_updated > ${values.add(asOf.toISOString())}::timestamptz)`;
}
