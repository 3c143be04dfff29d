import { setTimeout as pause } from 'node:timers/promises';
import type { Sql } from './database.ts';

/**
 * The transactions, but for this connection's, that write to a table: each holds this lock from before its statement looks at
 * anything, and lets go of it after what was written can be seen. What is not among them has seen, or will see, what is so now.
 * @see https://www.postgresql.org/docs/15/view-pg-locks.html
 */
export async function writersTo(sql: Sql, table: 'audit' | 'resource'): Promise<readonly string[]> {
  const rows = await sql.query<{ writer: string }>(
    `SELECT virtualtransaction AS writer FROM pg_locks
     WHERE locktype = 'relation' AND relation = $1::regclass AND mode = 'RowExclusiveLock' AND granted
       AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND pid <> pg_backend_pid()`,
    [table],
  );
  return rows.map(({ writer }) => writer);
}

/** How long is waited for others: so many times, so many milliseconds apart. */
export interface Patience {
  readonly polls: number;
  readonly everyMs: number;
}

/** Waits until who was writing to a table has ended. @returns whether all have */
export async function haveEnded(
  sql: Sql,
  table: 'audit' | 'resource',
  writers: readonly string[],
  { polls, everyMs }: Patience,
): Promise<boolean> {
  let left = writers;
  for (let poll = 0; left.length > 0; poll += 1) {
    if (poll === polls) return false;
    await pause(everyMs);
    const still = new Set(await writersTo(sql, table));
    left = left.filter((writer) => still.has(writer));
  }
  return true;
}
