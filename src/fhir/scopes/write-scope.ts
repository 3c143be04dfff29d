import type { Caller } from '../caller.ts';
import { requireScope } from './allowed.ts';
import type { Action } from './scope.ts';

const ACTIONS: Readonly<Record<string, Action>> = { POST: 'c', PUT: 'u', PATCH: 'u', DELETE: 'd' };

/**
 * What changes resources of a type is asked for its scope before anything is looked at: also where, in the end, nothing
 * is changed. What it changes is held against the scope's condition as it is written.
 * @throws AppError (403) that names the scope which is missing
 */
export function requireWriteScope(caller: Caller, method: string, type: string | undefined): void {
  const action = ACTIONS[method];
  if (action && type !== undefined) requireScope(caller, action, type);
}
