import { AppError } from '../../errors.ts';
import { readRequest } from '../search/request/read-request.ts';
import { parseScope, type Scope } from './scope.ts';

/** Why a scope cannot be given to a program, in a sentence; undefined when it can. Pure. */
export function scopeProblem(text: string): string | undefined {
  const scope = parseScope(text);
  if (!scope) return NOT_ONE;
  return canBeSearched(scope) ? undefined : NOT_SEARCHED;
}

const NOT_ONE =
  'This is no scope of a program. Write system/Type.letters with the letters of cruds in this order, e.g. system/Task.rs, system/*.rs or system/Task.rs?owner=Organization/1.';
const NOT_SEARCHED =
  'The condition of this scope cannot be searched by. Use search parameters that the metadata lists for its type.';

/** Whether the condition of a scope is understood in full: what is not understood would hold nothing back. Pure. */
export function canBeSearched({ type, where }: Scope): boolean {
  if (where.length === 0) return true;
  try {
    const request = readRequest(CONDITIONS_CONTEXT, type, where);
    return request.unknown.length === 0 && request.where.length > 0;
  } catch (thrown) {
    if (thrown instanceof AppError) return false;
    throw thrown;
  }
}

/** In what conditions are read: they name resources here as `Type/id`, and no time depends on when they are read. */
export const CONDITIONS_CONTEXT = { base: '', now: new Date(0) } as const;
