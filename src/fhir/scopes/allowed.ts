import { AppError } from '../../errors.ts';
import type { Caller } from '../caller.ts';
import type { Action, Scope, ScopeParam } from './scope.ts';

/**
 * What a caller's scopes let it do with a type: all, nothing, or what meets one of some conditions. Who has no scopes
 * is held by what it is (a person, the hub, a program on trial), not by these. Pure.
 */
export type Allowed = 'all' | 'nothing' | readonly (readonly ScopeParam[])[];

export function allowed({ scopes }: Caller, action: Action, type: string): Allowed {
  if (!scopes) return 'all';
  const fitting = scopes.filter((scope) => fits(scope, action, type));
  if (fitting.length === 0) return 'nothing';
  return fitting.some(({ where }) => where.length === 0) ? 'all' : fitting.map(({ where }) => where);
}

function fits(scope: Scope, action: Action, type: string): boolean {
  return (scope.type === '*' || scope.type === type) && scope.actions.includes(action);
}

/**
 * The conditions under which a caller may do something; undefined: none.
 * @throws AppError (403) that names the scope that is missing
 */
export function requireScope(
  caller: Caller,
  action: Action,
  type: string,
): readonly (readonly ScopeParam[])[] | undefined {
  const may = allowed(caller, action, type);
  if (may === 'nothing') throw missingScope(action, type);
  return may === 'all' ? undefined : may;
}

/** @throws AppError (403) unless a caller may do something with every resource of a type (or, `*`, of every type) */
export function requireWholeScope(caller: Caller, action: Action, type: string): void {
  if (allowed(caller, action, type) !== 'all') throw missingScope(action, type, 'without a condition');
}

/**
 * Who sees one client's record sees what stands: an earlier version may have been about somebody else.
 * @throws AppError (403)
 */
export function requireEarlierVersions({ view }: Caller): void {
  if (view?.kind !== 'own-record') return;
  const text =
    'You see your own record as it stands: earlier versions may have been about somebody else. Read or search instead.';
  throw new AppError('forbidden', 'access.part-only', text);
}

/** Those of some types with which a caller may do something, whatever the resource. Pure. */
export function typesWhollyAllowed(caller: Caller, action: Action, types: readonly string[]): readonly string[] {
  return caller.scopes ? types.filter((type) => allowed(caller, action, type) === 'all') : types;
}

export function missingScope(action: Action, type: string, how?: string): AppError {
  const scope = `system/${type}.${action}`;
  const text = `Your token does not hold the scope ${scope}${how ? ` ${how}` : ''}. Ask for a token with it; the hub's administrator says which scopes a program may have.`;
  return new AppError('forbidden', 'access.scope', text);
}
