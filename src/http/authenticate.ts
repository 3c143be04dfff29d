import type { RequestHandler } from 'express';
import type { TokenMemory } from '../access/remembered-tokens.ts';
import { AppError } from '../errors.ts';
import type { Caller } from '../fhir/caller.ts';
import { certificateOf } from './client-certificate.ts';

export interface AuthenticateDeps {
  readonly tokens: TokenMemory;
  readonly now: () => Date;
  readonly hubOrg: string;
  /** Whether somebody without a token is a person at the hub: only while nobody but this machine can reach it. */
  readonly trustsThisMachine: boolean;
}

/** Finds out who asks. A token that is not good is refused, never taken for no token. */
export function authenticate(deps: AuthenticateDeps): RequestHandler {
  return async (request, response, next) => {
    const requestId = (response.locals as { requestId: string }).requestId;
    const token = /^Bearer (\S+)$/i.exec(request.get('authorization') ?? '')?.[1];
    const caller = token
      ? await deps.tokens.callerOf(token, deps.now(), certificateOf(request)?.thumbprint)
      : personAtTheHub(deps, request.get('authorization'));
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

function personAtTheHub(deps: AuthenticateDeps, header: string | undefined): Caller | undefined {
  return deps.trustsThisMachine && !header ? { kind: 'operator', organizationId: deps.hubOrg } : undefined;
}
