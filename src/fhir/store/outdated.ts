import { RowsRefused } from '../../db/row-writer.ts';
import { AppError } from '../../errors.ts';
import { isMissing } from './required.ts';
import { CREATES } from './resource-rows.ts';

/** What a transaction leaned on was no longer so. Nothing was written; it can be tried again. */
export class Outdated extends Error {
  constructor(cause: unknown) {
    super('What this transaction leaned on has changed meanwhile.', { cause });
    this.name = 'Outdated';
  }
}

export function overtaken(cause?: unknown): AppError {
  const text = 'Somebody else changed the same resource at the same time. Read it again and repeat your change.';
  return new AppError('conflict', 'store.overtaken', text, { cause });
}

/**
 * Why rows of a transaction were refused, where that is known.
 * @param leansOn what it leans on, by the name of what confirms it, and how that is forgotten
 */
export function whyRefused(thrown: unknown, leansOn: ReadonlyMap<string, () => void>): unknown {
  if (!(thrown instanceof RowsRefused) || isMissing(thrown)) return thrown;
  // Looked at again, it is what is changed.
  if (thrown.writer === CREATES) return new Outdated(thrown);
  const forget = leansOn.get(thrown.writer);
  if (!forget) return overtaken(thrown);
  forget();
  return new Outdated(thrown);
}
