import { type Commits, openCommits } from './commits.ts';
import type { Connection, Result } from './connection.ts';
import { Connections } from './connections.ts';
import type { Database, Transaction } from './database.ts';
import { Listener } from './listener.ts';
import type { RowBuffer } from './row-writer.ts';
import { statement } from './statement.ts';

/**
 * Opens a pool of connections to a PostgreSQL server.
 * @param url a `postgres://` address
 * @param longestMs how long one statement may take; 0: as long as it likes
 */
export async function openPool(url: string, most = 10, longestMs = 0): Promise<Database> {
  const connections = new Connections(url, most, longestMs);
  await connections.run({ text: 'SELECT 1' });
  const commits = openCommits(connections);
  const listener = new Listener(url);
  return {
    kind: 'server',
    query: async (text, values, how) => rowsOf(await connections.run(statement(text, values), how)),
    transaction: (work) => inTransaction(connections, commits, work),
    listen: (channel, onNotify, onHearing) => listener.listen(channel, { onNotify, onHearing }),
    close: async () => {
      await listener.close();
      await commits.over();
      await connections.close();
    },
  };
}

/**
 * Runs `work` in one transaction. It is begun by its first statement, in the same write; one that consists of its last
 * statement only needs no beginning and no end: a statement is all or nothing by itself.
 */
async function inTransaction<T>(
  connections: Connections,
  commits: Commits,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  const begun = new Begun(connections, commits);
  try {
    const result = await work(begun);
    await begun.end('COMMIT');
    return result;
  } catch (thrown) {
    await begun.end('ROLLBACK').catch(() => undefined);
    throw thrown;
  } finally {
    begun.release();
  }
}

class Begun implements Transaction {
  readonly #connections: Connections;
  readonly #commits: Commits;
  #connection: Promise<Connection> | undefined;
  #isOver = false;
  readonly #released = Promise.withResolvers<void>();

  constructor(connections: Connections, commits: Commits) {
    this.#connections = connections;
    this.#commits = commits;
  }

  async query<Row>(text: string, values?: readonly unknown[]): Promise<Row[]> {
    this.#connection ??= this.#begin();
    const connection = await this.#connection;
    return rowsOf(await connection.run(statement(text, values)));
  }

  async commitWith(rows: RowBuffer): Promise<void> {
    if (rows.isEmpty) return;
    this.#isOver = true;
    if (!this.#connection) return this.#commits.ask(rows);
    const connection = await this.#connection;
    await rows.flush(async (text, values) => {
      // After a statement that fails, COMMIT undoes the transaction.
      const both = [connection.run(statement(text, values)), connection.run({ text: 'COMMIT' })] as const;
      const [said, ended] = await Promise.allSettled(both);
      if (said.status === 'rejected') throw said.reason;
      if (ended.status === 'rejected') throw ended.reason;
      requireCommitted(ended.value);
    });
  }

  /** Ends what was begun, unless its last statement did. */
  async end(how: 'COMMIT' | 'ROLLBACK'): Promise<void> {
    if (!this.#connection || this.#isOver) return;
    this.#isOver = true;
    const connection = await this.#connection;
    const ended = await connection.run({ text: how });
    if (how === 'COMMIT') requireCommitted(ended);
  }

  release(): void {
    this.#released.resolve();
  }

  #begin(): Promise<Connection> {
    const { promise, resolve, reject } = Promise.withResolvers<Connection>();
    const hold = (connection: Connection): Promise<void> => {
      // When this fails, so does the statement after it.
      connection.run({ text: 'BEGIN' }).catch(() => undefined);
      resolve(connection);
      return this.#released.promise;
    };
    this.#connections.alone(hold).catch(reject);
    return promise;
  }
}

/** COMMIT of a transaction in which a statement failed says that it was undone. */
function requireCommitted({ command }: Result): void {
  if (command !== 'COMMIT') throw new Error('The transaction was undone: one of its statements had failed.');
}

function rowsOf<Row>({ rows }: Result): Row[] {
  return rows as Row[];
}
