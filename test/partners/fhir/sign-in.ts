import { randomUUID } from 'node:crypto';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';

/** A program's key pair. The private half leaves this process nowhere. */
export interface ProgramKey {
  readonly publicKey: JWK;
  readonly privateKey: CryptoKey;
}

const ALGORITHM = 'ES384';

export async function makeKey(): Promise<ProgramKey> {
  const { publicKey, privateKey } = await generateKeyPair(ALGORITHM);
  return { publicKey: { ...(await exportJWK(publicKey)), kid: randomUUID(), use: 'sig', alg: ALGORITHM }, privateKey };
}

/** A program as the hub knows it. */
export interface Registration {
  readonly clientId: string;
  readonly key: ProgramKey;
  readonly scope: string;
}

/** The tokens a program presents, one after another. */
export interface Tokens {
  /** One that is good; it throws where none is to be had. */
  get(): Promise<string>;
  /** This one was refused: the next one asked for is another. */
  forget(token: string): void;
}

/** One token that somebody was given, for as long as it is good. */
export function givenToken(token: string): Tokens {
  return { get: async () => token, forget: () => undefined };
}

/** A token is asked for anew before it ends, in ms. */
const MARGIN_MS = 60_000;
const ASSERTION_S = 240;
const ONE_TRY_MS = 15_000;

/**
 * Signs in as SMART Backend Services do: finds the token endpoint, and asks for a token with an assertion signed by the
 * program's key. A token is kept until shortly before it ends, or until it is refused.
 * @see https://hl7.org/fhir/smart-app-launch/STU2.2/backend-services.html
 */
export function signIn(base: string, registration: Registration): Tokens {
  let token: Promise<string> | undefined;
  let known: string | undefined;
  let endsAt = 0;
  const ask = async (): Promise<string> => {
    const { access_token, expires_in } = await askForToken(base, registration);
    endsAt = performance.now() + expires_in * 1_000;
    known = access_token;
    return access_token;
  };
  return {
    get: () => {
      if (!token || performance.now() > endsAt - MARGIN_MS) {
        endsAt = Number.POSITIVE_INFINITY;
        token = ask();
        // What failed is tried again by the next who asks.
        token.catch(() => {
          token = undefined;
        });
      }
      return token;
    },
    forget: (refused) => {
      // Of many that were refused at once only the first asks anew.
      if (refused !== known) return;
      known = undefined;
      token = undefined;
    },
  };
}

interface TokenAnswer {
  readonly access_token: string;
  /** In seconds. */
  readonly expires_in: number;
}

async function askForToken(base: string, { clientId, key, scope }: Registration): Promise<TokenAnswer> {
  const { token_endpoint: endpoint } = (await json(`${base}/.well-known/smart-configuration`)) as {
    token_endpoint: string;
  };
  const assertion = await new SignJWT()
    .setProtectedHeader({ alg: ALGORITHM, kid: key.publicKey.kid ?? '', typ: 'JWT' })
    .setIssuer(clientId)
    .setSubject(clientId)
    .setAudience(endpoint)
    .setJti(randomUUID())
    .setExpirationTime(`${ASSERTION_S} s`)
    .sign(key.privateKey);
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion,
    scope,
  });
  return (await json(endpoint, { method: 'POST', body })) as TokenAnswer;
}

async function json(url: string, init: RequestInit = {}): Promise<unknown> {
  const response = await fetch(url, { ...init, signal: AbortSignal.timeout(ONE_TRY_MS) });
  if (response.ok) return response.json();
  throw new Error(`The hub gives no token: ${response.status} ${await response.text()}`);
}
