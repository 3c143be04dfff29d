import { setImmediate as turnEnds } from 'node:timers/promises';
import type { QueryResult } from 'pg';
import { Commits, FLUSH } from './commits.ts';
import type { Connection } from './connection.ts';
import { Connections } from './connections.ts';
import type { Database, Transaction } from './database.ts';
import { Listener } from './listener.ts';

/**
 * Opens a pool of connections to a PostgreSQL server.
 * @param url a `postgres://` address
 * @param longestMs how long one statement may take; 0: as long as it likes
 */
export async function openPool(url: string, most = 10, longestMs = 0): Promise<Database> {
  const connections = new Connections(url, most, longestMs);
  await connections.run({ text: 'SELECT 1' });
  const commits = new Commits(connections);
  const listener = new Listener(url);
  return {
    kind: 'server',
    query: async (text, values, how) => rowsOf(await connections.run(statement(text, values), how?.brief)),
    transaction: (work) => inTransaction(connections, commits, work),
    listen: (channel, onNotify, onHearing) => listener.listen(channel, { onNotify, onHearing }),
    close: async () => {
      await listener.close();
      // What is to be committed together is sent at the end of this turn.
      await turnEnds();
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

  async commitWith<Row>(text: string, values: readonly unknown[]): Promise<Row[]> {
    this.#isOver = true;
    const last = statement(text, values);
    if (!this.#connection) return rowsOf(await this.#commits.run(last));
    const connection = await this.#connection;
    // After a statement that fails, COMMIT undoes the transaction.
    const [said, ended] = await Promise.allSettled([connection.run(last), connection.run({ text: 'COMMIT' })]);
    if (said.status === 'rejected') throw said.reason;
    if (ended.status === 'rejected') throw ended.reason;
    requireCommitted(ended.value);
    return rowsOf(said.value);
  }

  /** Ends what was begun, unless its last statement did. */
  async end(how: 'COMMIT' | 'ROLLBACK'): Promise<void> {
    if (!this.#connection || this.#isOver) return;
    this.#isOver = true;
    const connection = await this.#connection;
    // What it saw may be on its way to the disk still (see Commits): nobody is told of it before it is there.
    const [ended] = await Promise.all([connection.run({ text: how }), connection.run({ text: FLUSH })]);
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
function requireCommitted({ command }: QueryResult): void {
  if (command !== 'COMMIT') throw new Error('The transaction was undone: one of its statements had failed.');
}

// One statement text is one prepared statement on each connection: parsed and planned once. Searches can be worded in
// endless ways: what comes after the first few hundred is planned each time, rather than kept for ever.
const statementNames = new Map<string, string>();
const MOST_NAMED = 300;

function nameOf(text: string): string | undefined {
  const known = statementNames.get(text);
  if (known || statementNames.size >= MOST_NAMED) return known;
  const name = `careloop_${statementNames.size}`;
  statementNames.set(text, name);
  return name;
}

function statement(text: string, values: readonly unknown[] | undefined): Parameters<Connection['run']>[0] {
  return { text, values, name: values && nameOf(text) };
}

function rowsOf<Row>({ rows }: QueryResult): Row[] {
  return rows as Row[];
}
