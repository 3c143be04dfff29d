import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { exportJWK, generateKeyPair } from 'jose';
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
    clients: [{ client_id: clientId, client_secret: clientSecret, redirect_uris: [redirectUri] }],
    jwks: { keys: [{ ...(await exportJWK(privateKey)), alg: 'RS256', use: 'sig', kid: 'test' }] },
    cookies: { keys: ['a key of this test'] },
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
    features: { devInteractions: { enabled: false } },
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
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
