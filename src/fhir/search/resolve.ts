import type { Sql } from '../../db/database.ts';
import type { Caller } from '../caller.ts';
import { type Condition, NOTHING } from './conditions/condition.ts';
import { rowsOf, shareOf } from './selectivity.ts';
import { foundStatement } from './sql/statements.ts';
import type { Statistics } from './statistics.ts';

/** In what searches are carried out. */
export interface Reading {
  readonly sql: Sql;
  readonly caller: Caller;
  readonly statistics: Statistics;
}

/** As many as these may be looked up by their names; a condition that more meet is checked where it is needed. */
const MOST_LINKED = 5_000;

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
      return { ...condition, conditions };
    }
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

type Of<Kind extends Condition['kind']> = Extract<Condition, { kind: Kind }>;

async function resolveChain(reading: Reading, chain: Of<'chain'>): Promise<Condition> {
  const { prefixes, target, where } = chain;
  const ids = await found(reading, target, where, (limit) => `SELECT id AS found FROM hit LIMIT ${limit}`);
  if (!ids) return chain;
  return ids.length === 0 ? NOTHING : { kind: 'keys', keys: prefixes.flatMap((each) => ids.map((id) => each + id)) };
}

async function resolveHas(reading: Reading, has: Of<'has'>): Promise<Condition> {
  const { prefixes, source, where } = has;
  const ids = await found(
    reading,
    source,
    where,
    (limit, places) => `SELECT substr(k.key, length(p.prefix) + 1) AS found
      FROM hit, unnest(hit.tokens) AS k(key), unnest(${places}) AS p(prefix) WHERE starts_with(k.key, p.prefix) LIMIT ${limit}`,
    prefixes,
  );
  return ids ? { kind: 'ids', ids: [...new Set(ids)] } : has;
}

/** What a condition finds; undefined when that is too much to be named. */
async function found(
  { sql, caller, statistics }: Reading,
  type: string,
  where: Condition,
  select: (limit: string, places: string) => string,
  prefixes: readonly string[] = [],
): Promise<string[] | undefined> {
  if (shareOf(where, type, statistics) * rowsOf(type, statistics) > MOST_LINKED) return undefined;
  const { text, values } = foundStatement(type, where, caller, (bag) => {
    const places = prefixes.length > 0 ? bag.texts(prefixes) : '';
    return select(bag.add(MOST_LINKED + 1), places);
  });
  const rows = await sql.query<{ found: string }>(text, values);
  return rows.length > MOST_LINKED ? undefined : rows.map((row) => row.found);
}
