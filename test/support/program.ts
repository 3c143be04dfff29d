import { randomUUID } from 'node:crypto';
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { type Answer, call } from './api.ts';

/** What an assertion says; some of it wrong, for the tests of that. */
export type Claims = Readonly<Record<string, unknown>>;

/** A key pair of a program, as it makes it itself. */
export interface ProgramKey {
  readonly kid: string;
  readonly alg: string;
  readonly publicKey: JWK;
  /** Signs what is said, with the header as it should be unless told otherwise. */
  sign(claims: Claims, header?: Record<string, unknown>): Promise<string>;
}

export async function makeKey(
  alg: 'RS384' | 'ES384' | 'ES256' | 'RS256' | 'PS384',
  kid = `key-${randomUUID()}`,
): Promise<ProgramKey> {
  const { publicKey, privateKey } = await generateKeyPair(alg);
  return {
    kid,
    alg,
    publicKey: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' },
    sign: (claims, header = {}) =>
      new SignJWT({ ...claims }).setProtectedHeader({ alg, kid, typ: 'JWT', ...header }).sign(privateKey),
  };
}

/** The claims of an assertion as they should be. @param audience the token endpoint */
export function claimsOf(clientId: string, audience: string, now: Date, others: Claims = {}): Claims {
  const seconds = Math.floor(now.getTime() / 1_000);
  return { iss: clientId, sub: clientId, aud: audience, exp: seconds + 240, jti: randomUUID(), ...others };
}

export interface TokenBody {
  readonly access_token: string;
  readonly token_type: string;
  readonly expires_in: number;
  readonly scope: string;
  readonly error: string;
  readonly error_description: string;
}

export const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** Asks for a token with an assertion. @param others further parameters, or (undefined) those to be left out */
export function askForToken(
  endpoint: string,
  assertion: string,
  scope: string,
  others: Readonly<Record<string, string | undefined>> = {},
): Promise<Answer<TokenBody>> {
  const form = {
    grant_type: 'client_credentials',
    client_assertion_type: ASSERTION_TYPE,
    client_assertion: assertion,
    scope,
    ...others,
  };
  const said = Object.entries(form).filter((each): each is [string, string] => each[1] !== undefined);
  return call<TokenBody>('POST', endpoint, {
    body: new URLSearchParams(said).toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  });
}
