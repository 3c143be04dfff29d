import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import Provider from 'oidc-provider';
import { freePort } from './free-port.ts';

/** Who signs in at the provider next, and what the provider says of them. */
export interface AtProvider {
  readonly subject: string;
  readonly email?: string;
  readonly emailVerified?: boolean;
  readonly amr?: readonly string[];
}

/** A provider program of OpenID Connect on loopback, at which everybody signs in at once. */
export interface TestProvider {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  signsIn(who: AtProvider): void;
  /** Tells the hub that somebody has signed out: of one session, or (undefined) whichever. @throws Error when the hub refuses it */
  signsOut(subject: string, sid?: string): Promise<void>;
  /** Signs what the provider could say, or never would. */
  sign(claims: Readonly<Record<string, unknown>>, header?: Readonly<Record<string, unknown>>): Promise<string>;
  close(): Promise<void>;
}

/** @param redirectUri where the hub has people sent back to */
export async function startProvider(redirectUri: string): Promise<TestProvider> {
  const port = await freePort();
  const issuer = `http://127.0.0.1:${port}`;
  const [clientId, clientSecret] = ['careloop-hub', 'a-secret-of-this-test-alone'];
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  const known = new Map<string, AtProvider>();
  let next: AtProvider | undefined;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: clientId,
        client_secret: clientSecret,
        redirect_uris: [redirectUri],
        backchannel_logout_uri: redirectUri.replace(/callback$/, 'back-channel-logout'),
        backchannel_logout_session_required: true,
      },
    ],
    jwks: { keys: [{ ...(await exportJWK(privateKey)), alg: 'RS256', use: 'sig', kid: 'test' }] },
    cookies: { keys: ['a key of this test'] },
    claims: { openid: ['sub', 'amr'], email: ['email', 'email_verified'], profile: ['name'] },
    features: { devInteractions: { enabled: false }, backchannelLogout: { enabled: true } },
    // Its own calls no address like that of a hub in a test.
    fetch: (url, options) => {
      const { method, headers, body, signal } = options as RequestInit & { method: string };
      return fetch(url, { method, headers, body, signal } as RequestInit);
    },
    pkce: { required: () => true },
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
    findAccount: (_context, accountId) => ({
      accountId,
      claims: () => {
        const who = known.get(accountId);
        return { sub: accountId, email: who?.email, email_verified: who?.emailVerified };
      },
    }),
    // Everybody agrees to everything.
    loadExistingGrant: async ({ oidc }) => {
      const grant = new provider.Grant({
        clientId: oidc.client?.clientId as string,
        accountId: oidc.session?.accountId as string,
      });
      grant.addOIDCScope('openid email profile');
      await grant.save();
      return grant;
    },
  });
  const callback = provider.callback();
  const signIn = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (!next) throw new Error('Nobody signs in at the provider.');
    known.set(next.subject, next);
    const login = { accountId: next.subject, ...(next.amr ? { amr: [...next.amr] } : {}) };
    await provider.interactionFinished(request, response, { login }, { mergeWithLastSubmission: false });
  };
  const server = createServer((request, response) => {
    if (!request.url?.startsWith('/interaction/')) callback(request, response);
    else signIn(request, response).catch((thrown: unknown) => response.writeHead(500).end(String(thrown)));
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    issuer,
    clientId,
    clientSecret,
    signsIn: (who) => {
      next = who;
    },
    signsOut: async (subject, sid) => {
      const client = (await provider.Client.find(clientId)) as unknown as {
        backchannelLogout(subject: string, sid: string | undefined): Promise<void>;
      };
      await client.backchannelLogout(subject, sid);
    },
    sign: (claims, header = {}) =>
      new SignJWT({ ...claims }).setProtectedHeader({ alg: 'RS256', kid: 'test', ...header }).sign(privateKey),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
