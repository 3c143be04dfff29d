import { type Database, NO_TIME_LIMIT, type Sql } from '../../db/database.ts';
import { lockNames } from '../../db/locks.ts';
import { KIND } from './fold.ts';

/** By how much each number differs from how many loops there are, at one moment. */
const DIFFERENCES_SQL = `
  SELECT ${KIND}, sum(more) AS loops FROM (
    SELECT kind.*, 1 AS more FROM loop CROSS JOIN LATERAL counted_as(loop) AS kind
    UNION ALL SELECT ${KIND}, -loops FROM loop_count) AS both_ways
  GROUP BY ${KIND} HAVING sum(more) <> 0`;

/** Whose numbers are not those of the loops that there are, open or closed. @returns each of them in words */
export async function differingCounts(sql: Sql): Promise<string[]> {
  const rows = await sql.query<{ party: string; state: string }>(
    `SELECT DISTINCT party, state FROM (${DIFFERENCES_SQL}) AS differing ORDER BY party, state`,
  );
  return rows.map(({ party, state }) => `${state} loops of ${party === '' ? 'the hub' : `Organization/${party}`}`);
}

/**
 * Counts all loops anew, while the hub goes on: what differs is added, as a change of loops would be.
 * @returns how many numbers were others
 */
export async function recountLoops(db: Database): Promise<number> {
  return db.transaction(async (tx) => {
    await tx.query(NO_TIME_LIMIT);
    // Of two at once the second sees what the first has added.
    await lockNames(tx, ['loops recount']);
    const [row] = await tx.query<{ differed: number }>(
      `WITH mended AS (INSERT INTO loop_count (${KIND}, loops, added) SELECT ${KIND}, loops, true FROM (${DIFFERENCES_SQL}) AS differing
        RETURNING 1) SELECT count(*)::int AS differed FROM mended`,
    );
    return row?.differed ?? 0;
  });
}
