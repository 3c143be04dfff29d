import type { Sql } from '../../db/database.ts';
import type { Counts, Untold } from './counts.ts';

/** How far behind the counts of other processes may be, in ms. */
export const SHARED_EVERY_MS = 1_000;

/**
 * Shares counts with the other processes, by the database: one statement a second while requests come, for which no
 * request waits. Each process may so let through what comes in that second.
 * @returns called with each request
 */
export function shareCounts(sql: Sql, counts: Counts): (now: number) => void {
  let last = 0;
  let isUnderWay = false;
  return (now) => {
    if (isUnderWay || Math.abs(now - last) < SHARED_EVERY_MS) return;
    last = now;
    isUnderWay = true;
    tellAndHear(sql, counts)
      // Counted here alone while the database is away.
      .catch(() => undefined)
      .finally(() => {
        isUnderWay = false;
      });
  };
}

export async function tellAndHear(sql: Sql, counts: Counts): Promise<void> {
  // Always in the same order, so that two processes do not wait for each other.
  const untold = [...counts.takeUntold()].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  if (untold.length === 0) return;
  const rows = await sql.query<{ name: string; who: string; ends_at: Date; count: number }>(SHARE, [
    untold.map(({ name }) => name),
    untold.map(({ who }) => who),
    untold.map(({ endsAt }) => new Date(endsAt)),
    untold.map(({ count }) => count),
  ]);
  for (const { name, who, ends_at, count } of rows) counts.hear({ name, who, endsAt: ends_at.getTime(), count });
}

function keyOf({ name, who, endsAt }: Untold): string {
  return `${name} ${who} ${endsAt}`;
}

const SHARE = `
  INSERT INTO rate_count (name, who, ends_at, count)
  SELECT * FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::int[])
  ON CONFLICT (name, who, ends_at) DO UPDATE SET count = rate_count.count + excluded.count
  RETURNING name, who, ends_at, count`;

/** Removes counts of spans that are over. */
export async function tidyCounts(sql: Sql, now: Date): Promise<void> {
  await sql.query('DELETE FROM rate_count WHERE ends_at < $1', [now]);
}
