import { AppError } from '../../errors.ts';

/** What a transaction leaned on was no longer so. Nothing was written; it can be tried again. */
export class Outdated extends Error {
  constructor(cause: unknown) {
    super('What this transaction leaned on has changed meanwhile.', { cause });
    this.name = 'Outdated';
  }
}

export function overtaken(): AppError {
  const text = 'Somebody else changed the same resource at the same time. Read it again and repeat your change.';
  return new AppError('conflict', 'store.overtaken', text);
}
