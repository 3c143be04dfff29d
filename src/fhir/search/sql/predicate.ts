import { type Caller, visibleTo } from '../../caller.ts';
import { seenSql } from '../../sharing/trimming/seen.ts';
import type { Box, Condition, GroupPart, RangeTest } from '../conditions/condition.ts';
import { canonicalsIn, formsOf, isMeant } from './canonical.ts';
import { FIRST_MOMENT, type Interval, intervalsOf, LAST_MOMENT } from './intervals.ts';
import { nearSql } from './near.ts';
import type { Values } from './values.ts';

/** In what a condition becomes SQL: over which row of `resource`, for whom. */
export interface Scope {
  readonly caller: Caller;
  readonly values: Values;
  /** The name of the row of `resource`. */
  readonly row: string;
  readonly depth?: number;
}

/** A condition on a resource as SQL. Whatever other resources it looks at, it sees them as the caller does. */
export function predicate(condition: Condition, scope: Scope): string {
  const { values, row } = scope;
  switch (condition.kind) {
    case 'keys':
      return keysSql(condition.keys, scope);
    case 'texts':
      return `${row}.texts @@ (SELECT ${values.add(condition.query)}::tsquery)`;
    case 'contains':
      return containsSql(condition, scope);
    case 'anyKey':
      return `EXISTS (SELECT 1 FROM ${keysOf(row)}, unnest(${values.texts(condition.prefixes)}) AS p(prefix) WHERE starts_with(k.key, p.prefix)${
        condition.within ? ` AND position(${values.add(condition.within)} IN k.key) > 0` : ''
      })`;
    case 'ids':
      return `${row}.id = ANY (${values.texts(condition.ids)})`;
    case 'itself':
      return `(${row}.type = ${values.add(condition.type)} AND ${row}.id = ${values.add(condition.id)})`;
    case 'near':
      return nearSql(condition.places, row, values);
    case 'shown':
      return seenSql(scope.caller, row, condition.needs) ?? 'true';
    case 'updated':
      return `(${
        intervalsOf(condition.boxes)
          .map((each) => intervalSql(each, scope))
          .join(' OR ') || 'false'
      })`;
    case 'ranges':
      return rangesSql(condition, scope);
    case 'group':
      return groupSql(condition, scope);
    case 'not':
      return `NOT ${checkSql(condition.condition, scope)}`;
    case 'check':
      return checkSql(condition.condition, scope);
    case 'all':
      return joined(condition.conditions, ' AND ', 'true', scope);
    case 'any':
      return joined(condition.conditions, ' OR ', 'false', scope);
    case 'chain':
      return chainSql(condition, scope);
    case 'has':
      return hasSql(condition, scope);
  }
}

/**
 * What has one of some keys, by the index. Within a SELECT the planner does not look at the keys: of a few hundred that
 * are rare it would think that most resources have one, and compare each with all.
 */
function keysSql(keys: readonly string[], { values, row }: Scope): string {
  return `${row}.tokens && (SELECT ${values.texts(keys)})`;
}

/** More keys than these are not compared one by one. */
export const MANY_KEYS = 100;

/** A condition in a form that no index serves. */
function checkSql(condition: Condition, scope: Scope): string {
  // With an OFFSET it stays a question about one row: the planner does not turn it into a join with a whole table.
  if (condition.kind === 'ranges') return rangesSql(condition, scope, ' OFFSET 0');
  if (condition.kind !== 'keys') return predicate(condition, scope);
  const { values, row } = scope;
  if (condition.keys.length <= MANY_KEYS)
    return `(CASE WHEN ${row}.tokens && ${values.texts(condition.keys)} THEN true ELSE false END)`;
  return `EXISTS (SELECT 1 FROM ${keysOf(row)} WHERE k.key IN (SELECT unnest(${values.texts(condition.keys)})))`;
}

type Of<Kind extends Condition['kind']> = Extract<Condition, { kind: Kind }>;

function joined(conditions: readonly Condition[], by: string, none: string, scope: Scope): string {
  return conditions.length === 0 ? none : `(${conditions.map((each) => predicate(each, scope)).join(by)})`;
}

function keysOf(row: string): string {
  return `unnest(${row}.tokens) AS k(key)`;
}

/** What stands in a text's entry after its name and before the text as written. */
function containsSql({ prefixes, needles }: Of<'contains'>, { values, row }: Scope): string {
  const patterns = needles.map((needle) => `%${needle.replace(/[\\%_]/g, '\\$&')}%`);
  // As one text a row is looked through fast; there, quotes and backslashes are doubled.
  const anywhere = needles.map((needle) => `%${needle.replace(/['\\]/g, '$&$&').replace(/[\\%_]/g, '\\$&')}%`);
  return `(${row}.texts::text LIKE ANY (${values.texts(anywhere)}) AND EXISTS (SELECT 1 FROM unnest(${row}.texts) AS t(lexeme, positions, weights), unnest(${values.texts(prefixes)}) AS p(prefix)
    WHERE starts_with(t.lexeme, p.prefix)
      AND split_part(substr(t.lexeme, length(p.prefix) + 1), chr(1), 1) LIKE ANY (${values.texts(patterns)})))`;
}

function rangesSql({ params, tests }: Of<'ranges'>, { values, row }: Scope, suffix = ''): string {
  const either = tests.map((test) => testSql(test, 's.low', 's.high', 's.units', values));
  return `EXISTS (SELECT 1 FROM search_range s WHERE s.type = ${row}.type AND s.id = ${row}.id
    AND s.param = ANY (${values.texts(params)}) AND (${either.join(' OR ')})${suffix})`;
}

function testSql({ boxes, units }: RangeTest, low: string, high: string, unitsOf: string, values: Values): string {
  const within = `(${boxes.map((box) => boxSql(box, low, high, values)).join(' OR ')})`;
  return units ? `(${within} AND ${unitsOf} && ${values.texts(units)})` : within;
}

function boxSql({ low, high }: Box, lowColumn: string, highColumn: string, values: Values): string {
  const bound = (column: string, sign: string, value: number | undefined): string[] =>
    value === undefined ? [] : [`${column} ${sign} ${values.add(value)}::float8`];
  const all = [
    ...bound(lowColumn, '>=', low?.from),
    ...bound(lowColumn, '<=', low?.to),
    ...bound(highColumn, '>=', high?.from),
    ...bound(highColumn, '<=', high?.to),
  ];
  return all.length > 0 ? `(${all.join(' AND ')})` : 'true';
}

/** When a resource changed last is one moment: as SQL, in milliseconds. */
function intervalSql({ from, to }: Interval, { values, row }: Scope): string {
  const at = (time: number): string => `${values.add(new Date(time).toISOString())}::timestamptz`;
  const first = from > FIRST_MOMENT ? [`${row}.last_updated >= ${at(from)}`] : [];
  const last = to < LAST_MOMENT ? [`${row}.last_updated <= ${at(to)}`] : [];
  return [...first, ...last].join(' AND ') || 'true';
}

function groupSql({ param, keys, alternatives }: Of<'group'>, scope: Scope): string {
  const { values, row } = scope;
  const either = alternatives.map((parts) => `(${parts.map((part) => partSql(part, values)).join(' AND ')})`);
  return `(${keysSql(keys, scope)} AND EXISTS (SELECT 1 FROM search_group g
    WHERE g.type = ${row}.type AND g.id = ${row}.id AND g.param = ${values.add(param)} AND (${either.join(' OR ')})))`;
}

function partSql({ part, keys, test }: GroupPart, values: Values): string {
  if (keys) return `g.keys && ${values.texts(keys)}`;
  if (!test) return 'true';
  const units = test.units?.map((unit) => `${part}=${unit}`);
  return testSql({ boxes: test.boxes, units }, `g.low${part}`, `g.high${part}`, 'g.keys', values);
}

/** The row of another resource, as the caller sees it. */
function other(scope: Scope, type: string): { inner: Scope; row: string; clause: string } {
  const depth = (scope.depth ?? 0) + 1;
  const row = `r${depth}`;
  const clause = `${row}.type = ${scope.values.add(type)} AND NOT ${row}.deleted AND ${visibleTo(scope.caller, row)}`;
  return { inner: { ...scope, row, depth }, row, clause };
}

function chainSql({ prefixes, target, where, canonical }: Of<'chain'>, scope: Scope): string {
  const { inner, row, clause } = other(scope, target);
  if (canonical)
    return `EXISTS (SELECT 1 FROM ${canonicalsIn(scope.row, prefixes, scope.values)}, resource ${row}
      WHERE ${isMeant(row, canonical, scope.values)} AND ${clause} AND ${predicate(where, inner)} OFFSET 0)`;
  return `EXISTS (SELECT 1 FROM ${keysOf(scope.row)}, unnest(${scope.values.texts(prefixes)}) AS p(prefix), resource ${row}
    WHERE starts_with(k.key, p.prefix) AND ${row}.id = substr(k.key, length(p.prefix) + 1) AND ${clause} AND ${predicate(where, inner)} OFFSET 0)`;
}

function hasSql({ prefixes, source, where, canonical }: Of<'has'>, scope: Scope): string {
  const { inner, row, clause } = other(scope, source);
  if (canonical) {
    const names = prefixes.map((prefix) => `${scope.values.add(prefix)}::text || f.form`);
    return `EXISTS (SELECT 1 FROM ${formsOf(scope.row, canonical, scope.values)}, resource ${row}
      WHERE ${row}.tokens && ARRAY[${names.join(', ')}] AND ${clause} AND ${predicate(where, inner)} OFFSET 0)`;
  }
  const keys = prefixes.map((prefix) => `${scope.values.add(prefix)}::text || ${scope.row}.id`);
  return `EXISTS (SELECT 1 FROM resource ${row} WHERE ${row}.tokens && ARRAY[${keys.join(', ')}] AND ${clause} AND ${predicate(where, inner)} OFFSET 0)`;
}
