import type { Sql } from '../../db/database.ts';
import { type Caller, trimmedFor } from '../caller.ts';
import { meantBy } from './canonical/canonical.ts';
import { allOf, anyOf, type CanonicalNames, type Condition, EVERYTHING, NOTHING } from './conditions/condition.ts';
import { readable } from './readable.ts';
import { chooseDriver, rowsOf, shareOf } from './selectivity.ts';
import { canonicalsIn, formsOf } from './sql/canonical.ts';
import { foundStatement } from './sql/statements.ts';
import type { Values } from './sql/values.ts';
import type { Statistics } from './statistics.ts';

/** In what searches are carried out. */
export interface Reading {
  readonly sql: Sql;
  readonly caller: Caller;
  readonly statistics: Statistics;
}

/** As many as these may be looked up by their names; a condition that more meet is checked where it is needed. */
const MOST_LINKED = 5_000;

/** The conditions of a search, each resolved: those that must be met together stand side by side. */
export async function resolveAll(reading: Reading, conditions: readonly Condition[]): Promise<Condition[]> {
  const resolved: Condition[] = [];
  for (const each of conditions) {
    const condition = await resolveLinks(reading, each);
    resolved.push(...(condition.kind === 'all' ? condition.conditions : [condition]));
  }
  return resolved;
}

/**
 * A condition whose links to other resources are looked up, the innermost first: what refers to few is found by
 * exactly these references. A link to very many stays, to be followed from the other side.
 */
export async function resolveLinks(reading: Reading, condition: Condition): Promise<Condition> {
  switch (condition.kind) {
    case 'all':
    case 'any': {
      const conditions: Condition[] = [];
      for (const each of condition.conditions) conditions.push(await resolveLinks(reading, each));
      return condition.kind === 'any' ? oneOf(conditions) : allOf(conditions.filter((each) => each !== EVERYTHING));
    }
    case 'shown':
      // Of who sees all of what it sees, nothing is asked.
      return trimmedFor(reading.caller) === undefined ? EVERYTHING : condition;
    case 'not':
      return { kind: 'not', condition: await resolveLinks(reading, condition.condition) };
    case 'chain':
      return resolveChain(reading, { ...condition, where: await resolveLinks(reading, condition.where) });
    case 'has':
      return resolveHas(reading, { ...condition, where: await resolveLinks(reading, condition.where) });
    default:
      return condition;
  }
}

/** Alternatives that are all by keys are looked up at once. */
function oneOf(conditions: readonly Condition[]): Condition {
  const some = conditions.filter((each) => each.kind !== 'any' || each.conditions.length > 0);
  const keyed = some.filter((each) => each.kind === 'keys');
  if (keyed.length < some.length || some.length < 2) return anyOf(some);
  return { kind: 'keys', keys: keyed.flatMap(({ keys }) => keys) };
}

type Of<Kind extends Condition['kind']> = Extract<Condition, { kind: Kind }>;

async function resolveChain(reading: Reading, chain: Of<'chain'>): Promise<Condition> {
  const { prefixes, target, where, canonical } = chain;
  if (canonical) return resolveCanonicalChain(reading, chain, canonical);
  const ids = await found(reading, target, where, (limit) => `SELECT id AS found FROM hit LIMIT ${limit}`);
  if (!ids) return chain;
  return ids.length === 0 ? NOTHING : { kind: 'keys', keys: prefixes.flatMap((each) => ids.map((id) => each + id)) };
}

async function resolveHas(reading: Reading, has: Of<'has'>): Promise<Condition> {
  const { prefixes, source, where } = has;
  if (has.canonical) return resolveCanonicalHas(reading, has);
  const ids = await found(
    reading,
    source,
    where,
    (limit, bag) => `SELECT substr(k.key, length(p.prefix) + 1) AS found
      FROM hit, unnest(hit.tokens) AS k(key), unnest(${bag.texts(prefixes)}) AS p(prefix) WHERE starts_with(k.key, p.prefix) LIMIT ${limit}`,
  );
  return ids ? { kind: 'ids', ids: [...new Set(ids)] } : has;
}

async function resolveCanonicalChain(reading: Reading, chain: Of<'chain'>, names: CanonicalNames): Promise<Condition> {
  const { prefixes, target, where } = chain;
  const forms = await found(
    reading,
    target,
    where,
    (limit, bag) => `SELECT DISTINCT f.form AS found FROM hit, ${formsOf('hit', names, bag)} LIMIT ${limit}`,
  );
  if (!forms) return chain;
  return forms.length === 0
    ? NOTHING
    : { kind: 'keys', keys: prefixes.flatMap((each) => forms.map((form) => each + form)) };
}

async function resolveCanonicalHas(reading: Reading, has: Of<'has'>): Promise<Condition> {
  const { prefixes, target, source, where } = has;
  const forms = await found(
    reading,
    source,
    where,
    (limit, bag) => `SELECT DISTINCT c.form AS found FROM hit, ${canonicalsIn('hit', prefixes, bag)} LIMIT ${limit}`,
  );
  return forms ? meantBy(forms, target) : has;
}

/** What a condition finds; undefined when that is too much to be named. */
async function found(
  { sql, caller, statistics }: Reading,
  type: string,
  where: Condition,
  select: (limit: string, bag: Values) => string,
): Promise<string[] | undefined> {
  const asked = readable(where.kind === 'all' ? where.conditions : [where], [type], caller, statistics);
  const share = asked.reduce((all, each) => all * shareOf(each, type, statistics), 1);
  if (share * rowsOf(type, statistics) > MOST_LINKED) return undefined;
  const conditions = chooseDriver(asked, type, statistics);
  const { text, values } = foundStatement(type, conditions, caller, (bag) => select(bag.add(MOST_LINKED + 1), bag));
  const rows = await sql.query<{ found: string }>(text, values);
  return rows.length > MOST_LINKED ? undefined : rows.map((row) => row.found);
}
