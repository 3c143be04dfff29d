import type { Database, Sql, Transaction } from '../../src/db/database.ts';

/** What a call on a database of a process that died gives. */
export class Killed extends Error {
  constructor() {
    super('killed');
    this.name = 'Killed';
  }
}

export interface MortalDatabase {
  readonly db: Database;
  /** How many steps were taken: statements, and commits. */
  steps(): number;
}

/**
 * A database whose process dies at a given step: that statement or commit and everything after it does not happen, and
 * what is not committed is undone.
 * @param dieAt the step, from 1; none: it lives
 */
export function mortal(db: Database, dieAt = Number.POSITIVE_INFINITY): MortalDatabase {
  let steps = 0;
  const step = (): void => {
    steps += 1;
    if (steps >= dieAt) throw new Killed();
  };
  const watch = (sql: Sql): Sql => ({
    query: async (text, values) => {
      step();
      return sql.query(text, values);
    },
  });
  return {
    steps: () => steps,
    db: {
      ...db,
      ...watch(db),
      transaction: (work) =>
        db.transaction(async (tx) => {
          let committed = false;
          const commitWith: Transaction['commitWith'] = async (rows) => {
            if (rows.isEmpty) return;
            // Statement and commit are one step: there is nothing between them to die at.
            step();
            committed = true;
            return tx.commitWith(rows);
          };
          const result = await work({ ...watch(tx), commitWith });
          if (!committed) step();
          return result;
        }),
    },
  };
}
