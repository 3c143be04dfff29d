import type { RequestHandler } from 'express';
import type { TokenMemory } from '../access/remembered-tokens.ts';
import { AppError } from '../errors.ts';
import type { Caller } from '../fhir/caller.ts';

export interface AuthenticateDeps {
  readonly tokens: TokenMemory;
  readonly now: () => Date;
  readonly hubOrg: string;
}

/** Finds out who asks. @throws AppError (401) for who presents no token, or one that is not good */
export function authenticate(deps: AuthenticateDeps): RequestHandler {
  return async (request, response, next) => {
    const requestId = (response.locals as { requestId: string }).requestId;
    const token = /^Bearer (\S+)$/i.exec(request.get('authorization') ?? '')?.[1];
    const caller = token && (await deps.tokens.callerOf(token, deps.now()));
    if (!caller) {
      response.set('WWW-Authenticate', `Bearer realm="careloop"${token ? ', error="invalid_token"' : ''}`);
      throw new AppError(
        'unauthenticated',
        'access.token',
        'Present a valid access token: Authorization: Bearer <token>.',
      );
    }
    response.locals.caller = { ...asPersonOfTheHub(caller, deps.hubOrg), requestId };
    next();
  };
}

/** What acts for the hub's own organization acts for its people. */
function asPersonOfTheHub(caller: Caller, hubOrg: string): Caller {
  return caller.organizationId === hubOrg ? { ...caller, kind: 'operator' } : caller;
}
