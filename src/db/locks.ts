import type { Sql } from './database.ts';

/**
 * Takes names until the transaction ends; who wants one that another has waits. Always in the same order, so that two
 * transactions that want the same ones do not wait for each other.
 * @see https://www.postgresql.org/docs/15/explicit-locking.html#ADVISORY-LOCKS
 */
export async function lockNames(tx: Sql, names: readonly string[]): Promise<void> {
  for (const name of [...new Set(names)].sort()) {
    await tx.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [name]);
  }
}
