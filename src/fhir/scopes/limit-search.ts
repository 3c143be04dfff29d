import type { Caller } from '../caller.ts';
import { isStoredType, storedTypes } from '../definitions.ts';
import { allOf, anyOf, type Condition } from '../search/conditions/condition.ts';
import type { SearchContext } from '../search/conditions/context.ts';
import { parametersOf } from '../search/parameters/parameter.ts';
import { readRequest } from '../search/request/read-request.ts';
import type { Inclusion, SearchRequest, Within } from '../search/request/search-request.ts';
import { missingScope, requireScope, requireWholeScope, typesWhollyAllowed } from './allowed.ts';
import type { ScopeParam } from './scope.ts';
import { CONDITIONS_CONTEXT } from './scope-problem.ts';

type Params = readonly ScopeParam[];

/**
 * The limits of a search to what its caller's scopes let it find.
 * @param type undefined: of several types
 * @param within the limits it has already
 * @throws AppError (403) that names the scope which is missing: of what is searched, of what a chain or `_has` leads
 * over, of what is brought along
 */
export function limitSearch(
  context: SearchContext,
  caller: Caller,
  type: string | undefined,
  params: Params,
  within?: Within,
): Within | undefined {
  if (!caller.scopes) return within;
  const limits = type === undefined ? ofSeveral(caller, params, within) : ofOne(caller, type, within);
  const request = readRequest(context, type, params, limits);
  requireLinks(caller, request.where);
  requireInclusions(caller, request);
  return limits;
}

function ofOne(caller: Caller, type: string, within: Within | undefined): Within | undefined {
  const limits = requireScope(caller, 's', type);
  if (!limits) return within;
  const { path, types } = within ?? { path: type, types: [type] };
  const condition = meeting(type, limits);
  return { path, types, condition: (wanted) => (within ? allOf([within.condition(wanted), condition]) : condition) };
}

/** Types with a condition are searched by themselves. */
function ofSeveral(caller: Caller, params: Params, within: Within | undefined): Within {
  const asked = params.filter(([name]) => name === '_type').flatMap(([, value]) => value.split(','));
  // What is no type is refused as such by the search.
  for (const each of asked.filter(isStoredType)) requireWholeScope(caller, 's', each);
  const types = typesWhollyAllowed(caller, 's', within?.types ?? storedTypes());
  if (types.length === 0) throw missingScope('s', '*');
  return { path: within?.path ?? '', types, condition: (wanted) => within?.condition(wanted) ?? allOf([]) };
}

/** What resources must meet to lie within one of some conditions. Pure. */
function meeting(type: string, limits: readonly Params[]): Condition {
  return anyOf(limits.map((where) => allOf(readRequest(CONDITIONS_CONTEXT, type, where).where)));
}

/** What a search leads over says something of what is there. */
export function requireLinks(caller: Caller, conditions: readonly Condition[]): void {
  for (const condition of conditions) {
    switch (condition.kind) {
      case 'chain':
        requireWholeScope(caller, 's', condition.target);
        requireLinks(caller, [condition.where]);
        break;
      case 'has':
        requireWholeScope(caller, 's', condition.source);
        requireLinks(caller, [condition.where]);
        break;
      case 'not':
      case 'check':
        requireLinks(caller, [condition.condition]);
        break;
      case 'all':
      case 'any':
        requireLinks(caller, condition.conditions);
    }
  }
}

/** What is named must be allowed. What comes along unnamed and is not is left out of the answer. */
function requireInclusions(
  caller: Caller,
  { includes, revIncludes }: Pick<SearchRequest, 'includes' | 'revIncludes'>,
): void {
  for (const { target } of includes) if (target !== undefined) requireScope(caller, 'r', target);
  for (const { source } of revIncludes) if (source !== undefined) requireScope(caller, 'r', source);
  // Who goes on from what came along goes on from what is left out, too: that would tell what it refers to.
  for (const each of includes.filter(({ iterate }) => iterate)) requireWholeScope(caller, 'r', each.source ?? '*');
  for (const each of revIncludes.filter(({ iterate }) => iterate)) {
    for (const target of targetsOf(each)) requireWholeScope(caller, 'r', target);
  }
}

function targetsOf({ source, code, target }: Inclusion): readonly string[] {
  if (target !== undefined) return [target];
  if (source === undefined || code === undefined) return ['*'];
  return parametersOf(source).get(code)?.targets ?? ['*'];
}
