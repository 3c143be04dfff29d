import type { Connections } from './connections.ts';
import { isRefusal } from './database.ts';
import { RowBuffer } from './row-writer.ts';
import { statement } from './statement.ts';
import { Together } from './together.ts';

/** Transactions that consist of writing rows. Who asks is answered when they are committed and on the disk. */
export type Commits = Together<RowBuffer, void>;

/**
 * Several are written by one statement, all or none, and wait for the disk once. When it is refused each is written alone, and
 * throws what `RowBuffer.flush` does. See ADR 0040.
 */
export function openCommits(connections: Connections): Commits {
  const commit = (text: string, values: readonly unknown[]): Promise<unknown> =>
    connections.run(statement(text, values), { now: true });
  return new Together<RowBuffer, void>({
    doFor: async (some) => {
      await RowBuffer.of(some).flush(commit);
      return [];
    },
    isTriedAlone: isRefusal,
    most: 16,
    underWay: { few: 1, most: 2 },
  });
}
