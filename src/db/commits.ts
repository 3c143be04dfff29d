import type { QueryResult } from 'pg';
import type { Connection, Statement } from './connection.ts';
import type { Connections } from './connections.ts';

/** So many share one flush: more would wait for each other longer than for the disk. */
const MOST_TOGETHER = 8;

/** Writes a record of its own, and waits until the disk has it and all that was committed before. */
export const FLUSH = "SELECT pg_logical_emit_message(true, 'careloop', '')";

interface Waiting {
  readonly statement: Statement;
  readonly resolve: (done: QueryResult | Promise<QueryResult>) => void;
  readonly reject: (thrown: unknown) => void;
}

/**
 * Statements that are a transaction each. Those that come in the same turn of the event loop go to one connection, and
 * wait for the disk once: each is committed or refused by itself, and none is told before all of them are on the disk.
 * @see https://www.postgresql.org/docs/15/wal-async-commit.html
 */
export class Commits {
  readonly #connections: Connections;
  #waiting: Waiting[] = [];

  constructor(connections: Connections) {
    this.#connections = connections;
  }

  /** Runs a statement, and resolves when what it did is committed and on the disk. */
  run(statement: Statement): Promise<QueryResult> {
    const { promise, resolve, reject } = Promise.withResolvers<QueryResult>();
    this.#waiting.push({ statement, resolve, reject });
    if (this.#waiting.length === 1) setImmediate(() => this.#send());
    return promise;
  }

  #send(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (let at = 0; at < waiting.length; at += MOST_TOGETHER) this.#sendSome(waiting.slice(at, at + MOST_TOGETHER));
  }

  #sendSome(some: readonly Waiting[]): void {
    const [first, second] = some;
    if (first && !second) first.resolve(this.#connections.run(first.statement, true));
    else {
      this.#connections
        .alone((connection) => together(connection, some))
        .catch((thrown: unknown) => {
          for (const { reject } of some) reject(thrown);
        });
    }
  }
}

/** What is committed with `off` can be seen before it is on the disk; whatever leans on it is flushed after it. */
async function together(connection: Connection, some: readonly Waiting[]): Promise<void> {
  const [, ...all] = await Promise.allSettled([
    connection.run({ text: 'SET synchronous_commit TO off' }),
    ...some.map(({ statement }) => connection.run(statement)),
    connection.run({ text: 'RESET synchronous_commit' }),
    connection.run({ text: FLUSH }),
  ]);
  const flushed = all.pop();
  if (flushed?.status === 'rejected') throw flushed.reason;
  for (const [at, { resolve, reject }] of some.entries()) {
    const done = all[at];
    if (done?.status === 'fulfilled') resolve(done.value);
    else reject(done?.reason);
  }
}
