import * as openid from 'openid-client';
import { AppError } from '../../errors.ts';
import { type BrowserSecret, proofsOf } from './browser-secret.ts';
import type { IdentityProvider } from './provider.ts';

/** Makes the HTTP requests to providers; redirects are not followed. */
export type CallProvider = openid.CustomFetch;

/** What a provider has shown of somebody. */
export interface Identity {
  /** Who it is there, for ever. */
  readonly subject: string;
  /** Only where the provider says that it has been checked. */
  readonly email: string | undefined;
  /** Whether more than a password was asked for. */
  readonly secondFactor: boolean;
  /** What it calls the session there, where it says so. */
  readonly sid: string | undefined;
}

/** What a provider publishes of itself is asked for again after so long, in ms. */
const KNOWN_FOR_MS = 10 * 60_000;

/** Speaks OpenID Connect with identity providers. */
export interface OpenId {
  /** @throws AppError (422) when nothing is published at the issuer, or not what is needed */
  check(issuer: string): Promise<void>;
  /** Where the provider publishes its keys. @throws AppError (422) */
  keysAddress(issuer: string): Promise<string>;
  /** Where the browser is sent to sign in. @param backTo the address it is sent back to */
  beginAt(provider: IdentityProvider, browser: BrowserSecret, backTo: string): Promise<string>;
  /**
   * What the provider has shown of who comes back.
   * @param cameBack the address it came back to, with what the provider has put into it
   * @throws AppError (401, `providers.refused`) when the provider, or what it says, does not hold
   */
  identityOf(provider: Secretive, browser: BrowserSecret, cameBack: URL): Promise<Identity>;
}

type Secretive = IdentityProvider & { readonly clientSecret: string };

/** @see https://openid.net/specs/openid-connect-core-1_0.html#CodeFlowAuth */
export function openOpenId(call: CallProvider, now: () => Date): OpenId {
  const published = new Map<string, { readonly metadata: openid.ServerMetadata; readonly until: number }>();
  const metadataOf = async (issuer: string): Promise<openid.ServerMetadata> => {
    const known = published.get(issuer);
    if (known && known.until > now().getTime()) return known.metadata;
    const metadata = await discover(call, issuer);
    published.set(issuer, { metadata, until: now().getTime() + KNOWN_FOR_MS });
    return metadata;
  };
  return {
    check: async (issuer) => {
      published.delete(issuer);
      await metadataOf(issuer);
    },
    keysAddress: async (issuer) => String((await metadataOf(issuer)).jwks_uri),
    beginAt: async (provider, browser, backTo) => {
      const { state, nonce, verifier } = proofsOf(browser, provider.id);
      const configuration = new openid.Configuration(await metadataOf(provider.issuer), provider.clientId);
      openid.allowInsecureRequests(configuration);
      return openid.buildAuthorizationUrl(configuration, {
        redirect_uri: backTo,
        scope: 'openid email profile',
        state,
        nonce,
        code_challenge: await openid.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
      }).href;
    },
    identityOf: async (provider, browser, cameBack) => {
      const configuration = clientFor(provider, await metadataOf(provider.issuer), call);
      try {
        return await redeem(configuration, proofsOf(browser, provider.id), cameBack);
      } catch {
        // What it said may hold what is told to nobody.
        throw refused();
      }
    },
  };
}

async function discover(call: CallProvider, issuer: string): Promise<openid.ServerMetadata> {
  try {
    const found = await openid.discovery(new URL(issuer), 'careloop', undefined, openid.None(), {
      [openid.customFetch]: call,
      // Whether http will do is up to the policy for outbound calls.
      execute: [openid.allowInsecureRequests],
    });
    const metadata = found.serverMetadata();
    if (metadata.authorization_endpoint && metadata.token_endpoint && metadata.jwks_uri) return metadata;
  } catch {
    // Said below.
  }
  const text =
    'Nothing usable is published at this issuer. Its address with /.well-known/openid-configuration must answer with the metadata of an OpenID provider, and with the issuer as it is written here.';
  throw new AppError('unprocessable', 'providers.issuer', text, { issues: [{ text, expression: 'issuer' }] });
}

function clientFor(provider: Secretive, metadata: openid.ServerMetadata, call: CallProvider): openid.Configuration {
  // Without a word about it, it is Basic. @see https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderMetadata
  const methods = metadata.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
  const authenticate = methods.includes('client_secret_basic') ? openid.ClientSecretBasic : openid.ClientSecretPost;
  const secret = provider.clientSecret;
  const configuration = new openid.Configuration(metadata, provider.clientId, secret, authenticate(secret));
  configuration[openid.customFetch] = call;
  openid.allowInsecureRequests(configuration);
  // Not only by where it came from: by the provider's signature.
  openid.enableNonRepudiationChecks(configuration);
  return configuration;
}

async function redeem(
  configuration: openid.Configuration,
  { state, nonce, verifier }: ReturnType<typeof proofsOf>,
  cameBack: URL,
): Promise<Identity> {
  const checks = { expectedState: state, expectedNonce: nonce, pkceCodeVerifier: verifier };
  const tokens = await openid.authorizationCodeGrant(configuration, cameBack, checks);
  const claims = tokens.claims();
  if (!claims) throw refused();
  const said =
    claims.email === undefined && configuration.serverMetadata().userinfo_endpoint
      ? await openid.fetchUserInfo(configuration, tokens.access_token, claims.sub)
      : claims;
  const email = said.email_verified === true && typeof said.email === 'string' ? said.email : undefined;
  const sid = typeof claims.sid === 'string' ? claims.sid : undefined;
  return { subject: claims.sub, email, secondFactor: usedMore(claims.amr), sid };
}

/** @see https://www.rfc-editor.org/rfc/rfc8176#section-2 */
const MORE_THAN_A_PASSWORD: ReadonlySet<unknown> = new Set(['mfa', 'otp', 'hwk', 'swk', 'sms', 'fpt', 'face', 'sc']);

function usedMore(methods: unknown): boolean {
  return Array.isArray(methods) && methods.some((method) => MORE_THAN_A_PASSWORD.has(method));
}

function refused(): AppError {
  const text = 'The identity provider has not shown who you are, or it took too long. Begin again.';
  return new AppError('unauthenticated', 'providers.refused', text);
}
