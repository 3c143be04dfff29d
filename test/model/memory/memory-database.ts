import type { Database, Transaction } from '../../../src/db/database.ts';
import { isStaged } from './staged-rows.ts';
import { answer } from './statements.ts';
import { copyOf, emptyTables, type Tables, writeStaged } from './tables.ts';

export interface MemoryDatabase extends Database {
  readonly tables: () => Tables;
}

/**
 * A store of loops in memory, for the stories themselves: it answers the statements that they make, and nothing else.
 * A transaction that throws leaves nothing. Only one goes on at a time.
 */
export function memoryDatabase(): MemoryDatabase {
  let tables = emptyTables();
  let last: Promise<unknown> = Promise.resolve();
  const query = async <Row>(text: string, values: readonly unknown[] = []): Promise<Row[]> => {
    if (!isStaged(text)) return answer(tables, text, values) as Row[];
    writeStaged(tables, text, values);
    return [];
  };
  const tx: Transaction = {
    query,
    commitWith: (rows) => rows.flush(async (text, values) => writeStaged(tables, text, values)),
  };
  return {
    kind: 'embedded',
    tables: () => tables,
    query,
    transaction: (work) => {
      const done = last.then(async () => {
        const before = copyOf(tables);
        try {
          return await work(tx);
        } catch (thrown) {
          tables = before;
          throw thrown;
        }
      });
      last = done.catch(() => undefined);
      return done;
    },
    listen: async () => async () => undefined,
    close: async () => undefined,
  };
}
