import type { Sql } from '../../db/database.ts';

/** How common values are among all resources, as the database last counted them. Shares are of 1. */
export interface Statistics {
  readonly rows: number;
  readonly types: ReadonlyMap<string, number>;
  /** Only those that many have; what is not in it is rare. */
  readonly tokens: ReadonlyMap<string, number>;
}

/** Reads the statistics, not more often than once a minute: a store that is being filled changes as fast. */
export type ReadStatistics = (sql: Sql) => Promise<Statistics>;

const KEPT_MS = 60_000;

export function keepStatistics(now: () => Date): ReadStatistics {
  let kept: { readonly at: number; readonly statistics: Promise<Statistics> } | undefined;
  return (sql) => {
    const at = now().getTime();
    if (!kept || Math.abs(at - kept.at) > KEPT_MS) {
      kept = { at, statistics: readStatistics(sql) };
      kept.statistics.catch(() => (kept = undefined));
    }
    return kept.statistics;
  };
}

interface StatisticsRow {
  rows: number;
  types: string[] | null;
  type_shares: number[] | null;
  tokens: string[] | null;
  token_shares: number[] | null;
}

export const STATISTICS_SQL = `
  SELECT c.reltuples::float8 AS rows, t.most_common_vals::text::text[] AS types, t.most_common_freqs::float8[] AS type_shares,
    k.most_common_elems::text::text[] AS tokens, k.most_common_elem_freqs::float8[] AS token_shares
  FROM pg_class c
  LEFT JOIN pg_stats t ON t.schemaname = current_schema() AND t.tablename = 'resource' AND t.attname = 'type'
  LEFT JOIN pg_stats k ON k.schemaname = current_schema() AND k.tablename = 'resource' AND k.attname = 'tokens'
  WHERE c.oid = 'resource'::regclass`;

async function readStatistics(sql: Sql): Promise<Statistics> {
  const [row] = await sql.query<StatisticsRow>(STATISTICS_SQL, []);
  return {
    rows: Math.max(row?.rows ?? 0, 0),
    types: shares(row?.types, row?.type_shares),
    tokens: shares(row?.tokens, row?.token_shares),
  };
}

function shares(names: string[] | null | undefined, of: number[] | null | undefined): ReadonlyMap<string, number> {
  return new Map((names ?? []).map((name, at) => [name, of?.[at] ?? 0]));
}
