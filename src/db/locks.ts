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

/** Takes a name until the transaction ends, unless another has it. @returns whether it did */
export async function tryLockName(tx: Sql, name: string): Promise<boolean> {
  const sql = 'SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0)) AS mine';
  const [lock] = await tx.query<{ mine: boolean }>(sql, [name]);
  return lock?.mine ?? false;
}
