import { setTimeout as pause } from 'node:timers/promises';
import type { Sql } from './database.ts';

interface Writer {
  readonly transaction: string;
  readonly waitsForThis: boolean;
}

/** How long is waited for others: so many times, so many milliseconds apart. */
export interface Patience {
  readonly polls: number;
  readonly everyMs: number;
}

/**
 * Waits until who writes to a table now, but for this connection, has ended. Who does holds a lock from before its statement looks at
 * anything, and lets go of it after what was written can be seen: so whoever is not waited for looks at what is so now.
 * @returns whether all have; not, and at once, where one waits for this transaction
 */
export async function writersHaveEnded(
  sql: Sql,
  table: 'audit' | 'resource',
  { polls, everyMs }: Patience,
): Promise<boolean> {
  let left = await writersTo(sql, table);
  for (let poll = 0; left.length > 0; poll += 1) {
    if (poll === polls || left.some(({ waitsForThis }) => waitsForThis)) return false;
    await pause(everyMs);
    const before = new Set(left.map(({ transaction }) => transaction));
    left = (await writersTo(sql, table)).filter(({ transaction }) => before.has(transaction));
  }
  return true;
}

/** @see https://www.postgresql.org/docs/15/view-pg-locks.html */
function writersTo(sql: Sql, table: string): Promise<Writer[]> {
  return sql.query<Writer>(
    `SELECT virtualtransaction AS transaction, pg_backend_pid() = ANY (pg_blocking_pids(pid)) AS "waitsForThis" FROM pg_locks
     WHERE locktype = 'relation' AND relation = $1::regclass AND mode = 'RowExclusiveLock' AND granted
       AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND pid <> pg_backend_pid()`,
    [table],
  );
}
