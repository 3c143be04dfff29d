import type { Database, Sql, Transaction } from '../../src/db/database.ts';
import type { RowBuffer } from '../../src/db/row-writer.ts';

/** A database whose connection is lost at the given statement, commits among them. */
export function dyingAfter(db: Database, statements: number): Database {
  let left = statements;
  const count = (): void => {
    left -= 1;
    if (left <= 0) throw new Error('connection lost');
  };
  const dying = (sql: Sql): Sql['query'] => {
    return async (text, values, how) => {
      count();
      return sql.query(text, values, how);
    };
  };
  const dyingCommit = async (tx: Transaction, rows: RowBuffer): Promise<void> => {
    count();
    await tx.commitWith(rows);
  };
  return {
    ...db,
    query: dying(db),
    transaction: (work) =>
      db.transaction((tx) => work({ query: dying(tx), commitWith: (rows) => dyingCommit(tx, rows) })),
  };
}
