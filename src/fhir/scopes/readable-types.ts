import type { Caller } from '../caller.ts';
import { storedTypes } from '../definitions.ts';
import { missingScope, requireWholeScope, typesWhollyAllowed } from './allowed.ts';

/**
 * The types of an answer that may hold many: those that are named, or (none are) all that the caller may read.
 * @throws AppError (403) when one is named that it may not, or when it may read none
 */
export function readableTypes(caller: Caller, named: readonly string[]): readonly string[] {
  if (!caller.scopes) return named;
  for (const type of named) requireWholeScope(caller, 'r', type);
  const types = named.length > 0 ? named : typesWhollyAllowed(caller, 'r', storedTypes());
  if (types.length === 0) throw missingScope('r', '*');
  return types;
}
