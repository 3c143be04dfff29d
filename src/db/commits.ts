import type { QueryResult } from 'pg';
import type { Connections } from './connections.ts';
import { isRefusal } from './database.ts';
import { RowBuffer } from './row-writer.ts';
import { statement } from './statement.ts';

/** So many are written by one statement: more would wait for each other longer than that spares. */
const MOST_TOGETHER = 8;

interface Waiting {
  readonly rows: RowBuffer;
  readonly resolve: () => void;
  readonly reject: (thrown: unknown) => void;
}

/**
 * Transactions that consist of writing rows. Those that come in the same turn of the event loop are written by one
 * statement, all or none, and wait for the disk once. When it is refused each is written alone: what is wrong with one
 * is no other's fault.
 */
export class Commits {
  readonly #connections: Connections;
  #waiting: Waiting[] = [];

  constructor(connections: Connections) {
    this.#connections = connections;
  }

  /**
   * Writes rows, and resolves when they are committed and on the disk.
   * @throws RowsRefused as `RowBuffer.flush` does
   */
  run(rows: RowBuffer): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const count = this.#waiting.push({ rows, resolve, reject });
    // The database begins with the first ones while the turn goes on with others.
    if (count === MOST_TOGETHER) this.#send();
    else if (count === 1) setImmediate(() => this.#send());
    return promise;
  }

  #send(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    if (waiting.length > 0) void this.#write(waiting);
  }

  async #write(waiting: readonly Waiting[]): Promise<void> {
    try {
      await RowBuffer.of(waiting.map(({ rows }) => rows)).flush((text, values) => this.#commit(text, values));
      for (const { resolve } of waiting) resolve();
    } catch (thrown) {
      if (waiting.length > 1 && isRefusal(thrown)) for (const each of waiting) void this.#write([each]);
      else for (const { reject } of waiting) reject(thrown);
    }
  }

  #commit(text: string, values: readonly unknown[]): Promise<QueryResult> {
    return this.#connections.run(statement(text, values), { now: true });
  }
}
