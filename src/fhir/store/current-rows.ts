import type { Sql } from '../../db/database.ts';
import { type Caller, visibleTo } from '../caller.ts';
import type { Acting, CurrentRow } from './held.ts';

/**
 * How rows are taken until the transaction ends: to be changed, or to be deleted. Who writes a reference to a resource keeps
 * it from being deleted meanwhile, not from being changed.
 * @see https://www.postgresql.org/docs/15/explicit-locking.html#LOCKING-ROWS
 */
export type Taken = 'FOR NO KEY UPDATE' | 'FOR UPDATE';

/** Resources of a type as they stand in the database, of those that the caller may see; taken until the transaction ends, or not. */
export function currentRows(
  sql: Sql,
  caller: Caller,
  { type, ids }: { readonly type: string; readonly ids: readonly string[] },
  lock: '' | Taken,
  { byHub }: Acting,
): Promise<CurrentRow[]> {
  const within = byHub ? 'true' : visibleTo(caller);
  const [only, ...more] = ids;
  // One at a time is what is asked for most: planned as such.
  const [which, value] = more.length === 0 ? ['id = $2', only] : ['id = ANY ($2::text[])', [...ids].sort()];
  return sql.query(
    `SELECT id, version, deleted, content, author_org, readers, readers_until, shown, trimmed FROM resource WHERE type = $1 AND ${which} AND ${within} ${more.length === 0 ? '' : 'ORDER BY id'} ${lock}`,
    [type, value],
  );
}
