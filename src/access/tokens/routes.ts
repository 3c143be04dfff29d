import express, { type Request, type RequestHandler, type Response, type Router } from 'express';
import { AppError } from '../../errors.ts';
import type { RefusalRecorder } from '../../fhir/audit/record/refusals.ts';
import { certificateOf } from '../../http/client-certificate.ts';
import type { Log } from '../../log.ts';
import { type Addressed, smartConfiguration, TOKEN_PATH, tokenEndpoint } from './discovery.ts';
import { type IssueDeps, issueToken } from './issue.ts';
import { TokenRefused } from './oauth-error.ts';

export interface TokenRouteDeps extends IssueDeps {
  readonly config: Addressed;
  readonly log: Log;
  readonly onLoopback: boolean;
  readonly noteRefusal: RefusalRecorder;
}

const LONGEST_BODY = 32_000;
const FORM = 'application/x-www-form-urlencoded';

/** Below the address of the FHIR API. @see https://hl7.org/fhir/smart-app-launch/STU2.2/conformance.html#using-well-known */
export const DISCOVERY_PATH = '/.well-known/smart-configuration';

/** How programs find out where to ask for a token. It is open: it is what comes before a token. */
export function discovery(deps: Pick<TokenRouteDeps, 'config' | 'onLoopback'>): RequestHandler {
  return (request, response) => {
    response.set('Cache-Control', 'max-age=300').json(smartConfiguration(endpointOf(deps, request), deps.config));
  };
}

/** Where programs get a token. It is open, too. */
export function tokenRoutes(deps: TokenRouteDeps): Router {
  const router = express.Router();
  // Beside what every answer says. @see https://www.rfc-editor.org/rfc/rfc6749#section-5.1
  router.use(TOKEN_PATH, (_request, response, next) => {
    response.set('Pragma', 'no-cache');
    next();
  });
  router.post(TOKEN_PATH, formBody(deps), async (request, response) => {
    try {
      const from = {
        audience: endpointOf(deps, request),
        certificate: certificateOf(response),
        hasSecret: saysSecret(request),
      };
      response.json(await issueToken(deps, formOf(request), { ...from, requestId: requestIdOf(response) }));
    } catch (thrown) {
      if (!(thrown instanceof TokenRefused)) throw thrown;
      await refuse(deps, request, response, thrown);
    }
  });
  router.all(TOKEN_PATH, (_request, response) => {
    response.set('Allow', 'POST');
    throw new AppError('notAllowed', 'access.token-by-post', 'Tokens are asked for by POST.');
  });
  return router;
}

/** Of a hub that only its own machine can reach it is as it was called; anybody else could make up the host of a request. */
function endpointOf({ config, onLoopback }: Pick<TokenRouteDeps, 'config' | 'onLoopback'>, request: Request): string {
  return tokenEndpoint(config, onLoopback ? `${request.protocol}://${request.get('host')}` : undefined);
}

/** Reads the form. What cannot be read is refused in the words of this endpoint. */
function formBody(deps: TokenRouteDeps): RequestHandler {
  const read = express.text({ limit: LONGEST_BODY, type: FORM });
  return (request, response, next) => {
    read(request, response, (thrown?: unknown) => {
      if (thrown === undefined) return next();
      const text = `The body cannot be read. Send a form of ${LONGEST_BODY} bytes at most.`;
      refuse(deps, request, response, new TokenRefused('invalid_request', 'body', text)).catch(next);
    });
  };
}

function formOf({ body }: Request): URLSearchParams {
  if (typeof body === 'string') return new URLSearchParams(body);
  throw new TokenRefused('invalid_request', 'request', `Send the parameters in the body, as ${FORM}.`);
}

/** Whether a program shows a secret as RFC 6749 (2.3.1) has it. */
function saysSecret(request: Request): boolean {
  return /^Basic /i.test(request.get('authorization') ?? '');
}

async function refuse(
  deps: TokenRouteDeps,
  request: Request,
  response: Response,
  refused: TokenRefused,
): Promise<void> {
  const requestId = requestIdOf(response);
  const { status, code, reason, clientId } = refused;
  deps.log.warn({ requestId, clientId, code: reason, status }, 'token refused');
  await deps.noteRefusal({ interaction: 'token', refusal: reason, clientId, requestId });
  // A 401 names a scheme: that which was used, where one was. @see https://www.rfc-editor.org/rfc/rfc6749#section-5.2
  if (status === 401) response.set('WWW-Authenticate', `${saysSecret(request) ? 'Basic' : 'Bearer'} realm="careloop"`);
  response.status(status).json({ error: code, error_description: refused.message });
}

function requestIdOf(response: Response): string {
  return (response.locals as { requestId: string }).requestId;
}
