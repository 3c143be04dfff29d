import express, { type Request, type RequestHandler, type Response, type Router } from 'express';
import { jsonBody } from '../../http/body.ts';
import { sentFrom } from '../../http/limits/who.ts';
import { acceptBody, invitationBody, setUpBody, signInBody } from '../people/api.ts';
import type { PeopleDeps } from '../people/deps.ts';
import { acceptInvitation, invitedPerson } from '../people/invitations.ts';
import { organizationName } from '../people/organization-name.ts';
import { isAnybodyThere } from '../people/person.ts';
import { listProviders } from '../providers/provider.ts';
import { keepCookie } from '../sessions/cookie.ts';
import { requireOwnOrigin } from '../sessions/csrf.ts';
import type { OpenedSession } from '../sessions/session.ts';
import { signInByLink } from './demo-links.ts';
import { setUp } from './set-up.ts';
import { type From, signIn } from './sign-in.ts';

const LONGEST_BODY = 20_000;
const DEEPEST_BODY = 20;

/** What comes before a session: open to everybody. */
export function signInRoutes(deps: PeopleDeps & { readonly ownHosts: readonly string[] }): Router {
  const router = express.Router();
  const read = strangersBody(deps.ownHosts);
  const answer = (response: Response, opened: OpenedSession, status = 200): void => {
    response.set('Set-Cookie', keepCookie(deps.sessions.cookie, opened.cookie));
    response.status(status).json(opened.body);
  };
  router.get('/sign-in', async (_request, response) => {
    response.json({ setUp: !(await isAnybodyThere(deps.db)), password: true, providers: await offered(deps) });
  });
  router.post('/setup', ...read, async (request, response) => {
    answer(response, await setUp(deps, setUpBody.parse(request.body), fromOf(request, response)), 201);
  });
  router.post('/session', ...read, async (request, response) => {
    // Who was refused is known there.
    (response.locals as { refusalKept?: boolean }).refusalKept = true;
    answer(response, await signIn(deps, signInBody.parse(request.body), fromOf(request, response)));
  });
  router.post('/session/link', ...read, async (request, response) => {
    const { code } = invitationBody.parse(request.body);
    answer(response, await signInByLink(deps, code, fromOf(request, response)));
  });
  router.post('/invitations/look', ...read, async (request, response) => {
    const { code } = invitationBody.parse(request.body);
    const { name, email, organizationId } = await invitedPerson(deps.db, code, deps.now());
    const organization = { id: organizationId, name: await organizationName(deps.db, organizationId) };
    response.json({ name, email, organization });
  });
  router.post('/invitations/accept', ...read, async (request, response) => {
    answer(response, await acceptInvitation(deps, acceptBody.parse(request.body), fromOf(request, response)));
  });
  return router;
}

/** The identity providers that people may choose. */
async function offered({ db }: PeopleDeps): Promise<object[]> {
  const providers = (await listProviders(db)).filter(({ active }) => active);
  return providers.map(({ id, name }) => ({ id, name }));
}

/** What somebody sends who is not signed in: little, and from a page of the hub's own. */
export function strangersBody(ownHosts: readonly string[]): RequestHandler[] {
  return [ownPagesOnly(ownHosts), jsonBody({ BODY_LIMIT_BYTES: LONGEST_BODY, NESTING_LIMIT: DEEPEST_BODY })];
}

/** Nobody is signed in unawares by a page of another site. */
function ownPagesOnly(ownHosts: readonly string[]): RequestHandler {
  return (request, _response, next) => {
    const { origin, host } = request.headers;
    requireOwnOrigin({ origin, host, 'sec-fetch-site': request.get('sec-fetch-site') }, ownHosts);
    next();
  };
}

/** Where a request comes from. */
export function fromOf(request: Request, response: Response): From {
  const { requestId } = response.locals as { requestId?: string };
  return { address: sentFrom(request), userAgent: request.get('user-agent'), requestId };
}
