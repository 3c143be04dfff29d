import type { Caller } from '../caller.ts';
import type { SearchContext } from '../search/conditions/context.ts';
import { readRequest } from '../search/request/read-request.ts';
import { missingScope, requireScope } from './allowed.ts';
import { requireLinks } from './limit-search.ts';
import type { ScopeParam } from './scope.ts';

/**
 * The condition of an interaction (conditional create …), within what its caller may search.
 * @throws AppError (403) when it may not: what meets the condition, or that nothing does, is told by the answer
 */
export function limitCondition(
  context: SearchContext,
  caller: Caller,
  type: string,
  params: readonly ScopeParam[],
): readonly ScopeParam[] {
  if (!caller.scopes) return params;
  const limits = requireScope(caller, 's', type);
  requireLinks(caller, readRequest(context, type, params).where);
  if (!limits) return params;
  const [only = [], ...others] = limits;
  if (others.length > 0)
    throw missingScope('s', type, 'with one condition at most, which conditional interactions need');
  return [...params, ...only];
}
