import type { RequestHandler } from 'express';
import type { Caller } from '../fhir/caller.ts';
import { requireWholeScope } from '../fhir/scopes/allowed.ts';
import { ACTIONS, type Action } from '../fhir/scopes/scope.ts';

/** Loops are read by those who may read the Tasks they are made of. */
const LOOPS: readonly [path: RegExp, action: Action][] = [
  [/^\/loops\/?$/i, 's'],
  [/^\/loops\/[^/]+\/?$/i, 'r'],
  [/^\/events\/?$/i, 's'],
];

/**
 * What scopes let a program do beside the FHIR API: read loops. Everything else is for those who may do everything.
 * @throws AppError (403) that names the scope which is missing
 */
export const apiScopes: RequestHandler = (request, response, next) => {
  const { caller } = response.locals as { caller: Caller };
  const reads = request.method === 'GET' || request.method === 'HEAD';
  const action = reads ? LOOPS.find(([path]) => path.test(request.path))?.[1] : undefined;
  if (action) requireWholeScope(caller, action, 'Task');
  else for (const each of ACTIONS) requireWholeScope(caller, each, '*');
  next();
};
