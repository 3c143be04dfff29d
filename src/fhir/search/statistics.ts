import type { Sql } from '../../db/database.ts';

/** How common values are among all resources, as the database last counted them. Shares are of 1. */
export interface Statistics {
  readonly rows: number;
  readonly types: ReadonlyMap<string, number>;
  /** Only those that many have; what is not in it is rare. */
  readonly tokens: ReadonlyMap<string, number>;
}

/** Reads the statistics, not more often than every few seconds: a store that grows is soon another one. */
export type ReadStatistics = (sql: Sql) => Promise<Statistics>;

const KEPT_MS = 10_000;

/** @param db where what has grown is counted anew: outside of whatever transaction a search is part of */
export function keepStatistics(db: Sql, now: () => Date): ReadStatistics {
  let kept: { readonly at: number; readonly statistics: Promise<Statistics> } | undefined;
  let counting: Promise<unknown> | undefined;
  const read = async (sql: Sql): Promise<Statistics> => {
    const { grown, ...statistics } = await readStatistics(sql);
    if (grown) counting ??= count(db).finally(() => ([counting, kept] = [undefined, undefined]));
    return statistics;
  };
  return (sql) => {
    const at = now().getTime();
    if (!kept || Math.abs(at - kept.at) > KEPT_MS) {
      kept = { at, statistics: read(sql) };
      kept.statistics.catch(() => (kept = undefined));
    }
    return kept.statistics;
  };
}

/**
 * The database counts by itself, a server every minute at best and the embedded store once an hour: a store that has
 * doubled since is another one. Whoever counts at the same moment is enough.
 * @see https://www.postgresql.org/docs/15/sql-analyze.html
 */
async function count(db: Sql): Promise<void> {
  // What is known stays as it was when it fails, and searches are answered all the same.
  await db.query('ANALYZE (SKIP_LOCKED) resource, search_range').catch(() => undefined);
}

interface StatisticsRow {
  rows: number;
  grown: boolean;
  types: string[] | null;
  type_shares: number[] | null;
  tokens: string[] | null;
  token_shares: number[] | null;
}

/** Fewer pages than these are not worth counting. */
const FEW_PAGES = 16;

export const STATISTICS_SQL = `
  SELECT c.reltuples::float8 AS rows,
    pg_relation_size(c.oid) / current_setting('block_size')::int > 2 * greatest(c.relpages, ${FEW_PAGES}) AS grown, t.most_common_vals::text::text[] AS types, t.most_common_freqs::float8[] AS type_shares,
    k.most_common_elems::text::text[] AS tokens, k.most_common_elem_freqs::float8[] AS token_shares
  FROM pg_class c
  LEFT JOIN pg_stats t ON t.schemaname = current_schema() AND t.tablename = 'resource' AND t.attname = 'type'
  LEFT JOIN pg_stats k ON k.schemaname = current_schema() AND k.tablename = 'resource' AND k.attname = 'tokens'
  WHERE c.oid = 'resource'::regclass`;

async function readStatistics(sql: Sql): Promise<Statistics & { readonly grown: boolean }> {
  const [row] = await sql.query<StatisticsRow>(STATISTICS_SQL, []);
  return {
    grown: row?.grown ?? false,
    rows: Math.max(row?.rows ?? 0, 0),
    types: shares(row?.types, row?.type_shares),
    tokens: shares(row?.tokens, row?.token_shares),
  };
}

function shares(names: string[] | null | undefined, of: number[] | null | undefined): ReadonlyMap<string, number> {
  return new Map((names ?? []).map((name, at) => [name, of?.[at] ?? 0]));
}
