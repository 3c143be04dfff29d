import express, { type Request, type Response, type Router } from 'express';
import { AppError } from '../../errors.ts';
import type { Caller } from '../../fhir/caller.ts';
import { refuseHead } from '../../http/refuse-head.ts';
import type { HubAddress } from '../people/routes.ts';
import { forgetCookie, keepCookie } from '../sessions/cookie.ts';
import type { OpenedSession } from '../sessions/session.ts';
import { fromOf } from '../sign-in/routes.ts';
import { keepRefusal } from '../sign-in/sign-in.ts';
import { providerBody, providerChangeBody, providerShown } from './api.ts';
import { type BackChannelDeps, signOutByProvider } from './back-channel.ts';
import { type BrowserSecret, fromCookie, newBrowserSecret, signInCookie, toCookie } from './browser-secret.ts';
import { type IdentityProvider, listProviders, requireProvider } from './provider.ts';
import { changeProvider, registerProvider, usableProvider } from './register-provider.ts';
import { NOT_INVITED, signInAs } from './who-came.ts';

type RouteDeps = BackChannelDeps & { readonly hubAddress: HubAddress };

/** Looking after identity providers; for administrators. */
export function providerRoutes(deps: RouteDeps): Router {
  const router = express.Router();
  const shown = (request: Request, provider: IdentityProvider): object => {
    const callback = callbackOf(deps, request, provider.id);
    return providerShown.parse({
      ...provider,
      callback,
      backChannelLogout: callback.replace(/callback$/, 'back-channel-logout'),
    });
  };
  router.get('/identity-providers', async (request, response) => {
    response.json({ providers: (await listProviders(deps.db)).map((each) => shown(request, each)) });
  });
  router.post('/identity-providers', async (request, response) => {
    const provider = await registerProvider(deps, callerOf(response), providerBody.parse(request.body));
    response.status(201).json(shown(request, provider));
  });
  router.patch('/identity-providers/:id', async (request, response) => {
    const change = providerChangeBody.parse(request.body);
    response.json(shown(request, await changeProvider(deps, callerOf(response), request.params.id, change)));
  });
  return router;
}

/**
 * Signing in at an identity provider: there, and back. A browser comes here by itself, so what goes wrong is shown by the
 * page to sign in.
 */
export function providerSignInRoutes(deps: RouteDeps): Router {
  const router = express.Router();
  const cookie = signInCookie(deps.sessions.cookie);
  router.head(['/sign-in/oidc/:id', '/sign-in/oidc/:id/callback'], refuseHead);
  router.get('/sign-in/oidc/:id', (request, response) =>
    orBackToSignIn(deps, response, async () => {
      const provider = await usableProvider(deps, request.params.id);
      const { returnTo } = request.query;
      const browser = newBrowserSecret(typeof returnTo === 'string' ? returnTo : undefined);
      const there = await deps.openId.beginAt(provider, browser, callbackOf(deps, request, provider.id));
      response.set('Set-Cookie', keepCookie(cookie, toCookie(browser))).redirect(there);
    }),
  );
  router.get('/sign-in/oidc/:id/callback', (request, response) =>
    orBackToSignIn(deps, response, async () => {
      const browser = fromCookie(cookie, request.headers.cookie);
      // Good once, also when it fails.
      response.set('Set-Cookie', forgetCookie(cookie));
      if (!browser) throw notBegun();
      const { cookie: session } = await comeBack(deps, request, response, browser);
      response.append('Set-Cookie', keepCookie(deps.sessions.cookie, session)).redirect(browser.returnTo);
    }),
  );
  return router.use(backChannelRoutes(deps));
}

/** @see https://openid.net/specs/openid-connect-backchannel-1_0.html#BCRequest */
function backChannelRoutes(deps: RouteDeps): Router {
  const router = express.Router();
  const form = express.text({ limit: LONGEST_FORM, type: 'application/x-www-form-urlencoded' });
  router.post('/sign-in/oidc/:id/back-channel-logout', form, async (request, response) => {
    const provider = await requireProvider(deps.db, request.params.id);
    const said = new URLSearchParams(typeof request.body === 'string' ? request.body : '');
    const { requestId } = response.locals as { requestId?: string };
    try {
      await signOutByProvider(deps, provider, said.get('logout_token') ?? '', requestId);
      response.status(200).end();
    } catch (thrown) {
      if (!(thrown instanceof AppError) || thrown.status >= 500) throw thrown;
      await keepRefusal(deps, undefined, { requestId }, thrown.code);
      response.status(400).json({ error: 'invalid_request', error_description: thrown.message });
    }
  });
  return router;
}

const LONGEST_FORM = 20_000;

async function comeBack(
  deps: RouteDeps,
  request: Request<{ id: string }>,
  response: Response,
  browser: BrowserSecret,
): Promise<OpenedSession> {
  const provider = await usableProvider(deps, request.params.id);
  const cameBack = new URL(callbackOf(deps, request, provider.id));
  cameBack.search = new URL(request.originalUrl, cameBack).search;
  const identity = await deps.openId.identityOf(provider, browser, cameBack);
  const { userAgent, requestId } = fromOf(request, response);
  return signInAs(deps, provider, identity, { userAgent, requestId });
}

function callbackOf({ hubAddress }: RouteDeps, request: Request, id: string): string {
  return `${hubAddress(request)}/api/sign-in/oidc/${id}/callback`;
}

/** The page to sign in says what the code behind `#` means. */
async function orBackToSignIn(deps: RouteDeps, response: Response, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (thrown) {
    if (!(thrown instanceof AppError) || thrown.status >= 500) throw thrown;
    const { requestId } = response.locals as { requestId?: string };
    // Who is known to the provider was kept already.
    if (thrown.code !== NOT_INVITED) await keepRefusal(deps, undefined, { requestId }, thrown.code);
    response.redirect(`/sign-in#problem=${thrown.code}`);
  }
}

function notBegun(): AppError {
  const text = 'This sign-in was not begun in this browser, or too long ago. Begin again.';
  return new AppError('unauthenticated', 'providers.not-begun', text);
}

function callerOf(response: Response): Caller {
  return (response.locals as { caller: Caller }).caller;
}
