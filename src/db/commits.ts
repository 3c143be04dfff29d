import type { Connections } from './connections.ts';
import { isRefusal } from './database.ts';
import { RowBuffer } from './row-writer.ts';
import { statement } from './statement.ts';
import { Together } from './together.ts';

/**
 * Transactions that consist of writing rows: several are written by one statement, all or none, and wait for the disk
 * once. When it is refused each is written alone. See ADR 0040.
 */
export class Commits {
  readonly #together: Together<RowBuffer, void>;

  constructor(connections: Connections) {
    const commit = (text: string, values: readonly unknown[]): Promise<unknown> =>
      connections.run(statement(text, values), { now: true });
    this.#together = new Together<RowBuffer, void>({
      doFor: async (some) => {
        await RowBuffer.of(some).flush(commit);
        return [];
      },
      isTriedAlone: isRefusal,
      most: 16,
      underWay: 2,
    });
  }

  /**
   * Writes rows, and resolves when they are committed and on the disk.
   * @throws RowsRefused as `RowBuffer.flush` does
   */
  run(rows: RowBuffer): Promise<void> {
    return this.#together.ask(rows);
  }

  /** Resolves when everything that was given has been written, or refused. */
  over(): Promise<void> {
    return this.#together.over();
  }
}
