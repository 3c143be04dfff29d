import { decodeJwt, decodeProtectedHeader, errors, type JSONWebKeySet, type JWTPayload, jwtVerify } from 'jose';
import type { Sql } from '../../db/database.ts';
import { type Client, findClient } from '../clients.ts';
import { ALGORITHMS, type Algorithm, keyNamed } from '../keys.ts';
import { TokenRefused } from './oauth-error.ts';
import type { PublishedKeys } from './published-keys.ts';

/** By what a program proves who it is: the facts that are needed of its assertion once it is verified. */
export interface Assertion {
  readonly client: Client;
  readonly jti: string;
  readonly expiresAt: Date;
}

export interface AssertionDeps {
  readonly db: Sql;
  readonly keysAt: PublishedKeys;
}

const LONGEST_ASSERTION = 8_000;
const LONGEST_LIFE_S = 300;
/** How far a program's clock may be ahead. */
const SKEW_S = 10;

/**
 * Verifies the assertion of a program.
 * @param audience the address of this token endpoint, exactly
 * @throws TokenRefused (`invalid_client`) saying which rule it breaks
 * @see https://hl7.org/fhir/smart-app-launch/STU2.2/client-confidential-asymmetric.html#authenticating-to-the-token-endpoint
 */
export async function verifyAssertion(
  deps: AssertionDeps,
  assertion: string,
  audience: string,
  now: Date,
): Promise<Assertion> {
  const said = readAssertion(assertion);
  const client = said.issuer === undefined ? undefined : await findClient(deps.db, said.issuer);
  if (!client?.keys) {
    throw refused('unknown-client', 'Its iss is not the id of a program that is registered here with keys.');
  }
  const { id } = client;
  if (said.subject !== id) throw refused('assertion-subject', 'Its iss and sub must both be the id of the client.', id);
  const key = await keyOf(deps, client, said, now);
  const payload = await verified(assertion, key, said, { audience, now, id });
  return { client, jti: jtiOf(payload, id), expiresAt: expiryOf(payload, now, id) };
}

interface Said {
  readonly algorithm: Algorithm;
  readonly kid: string;
  readonly jku: unknown;
  readonly issuer: string | undefined;
  readonly subject: string | undefined;
}

/** What an assertion says of itself, before anything of it is believed. */
function readAssertion(assertion: string): Said {
  if (assertion.length > LONGEST_ASSERTION) {
    throw refused('assertion-too-long', `It is longer than ${LONGEST_ASSERTION} characters.`);
  }
  const { header, payload } = decoded(assertion);
  const algorithm = ALGORITHMS.find((each) => each === header.alg);
  if (!algorithm) throw refused('assertion-algorithm', `Sign it with ${ALGORITHMS.join(' or ')}.`);
  if (typeof header.kid !== 'string' || header.kid === '') {
    throw refused('assertion-kid', 'Its header needs kid: the name of the key it is signed with.');
  }
  if (header.typ !== undefined && header.typ.toUpperCase() !== 'JWT') {
    throw refused('assertion-type', 'The typ of its header must be JWT.');
  }
  const { iss, sub } = payload;
  return { algorithm, kid: header.kid, jku: header.jku, issuer: textOf(iss), subject: textOf(sub) };
}

function decoded(assertion: string): { header: ReturnType<typeof decodeProtectedHeader>; payload: JWTPayload } {
  try {
    return { header: decodeProtectedHeader(assertion), payload: decodeJwt(assertion) };
  } catch {
    throw refused('assertion-form', 'It is not a signed JSON Web Token (three parts with dots between).');
  }
}

type Key = NonNullable<Awaited<ReturnType<typeof keyNamed>>>;

async function keyOf(deps: AssertionDeps, client: Client, { kid, algorithm, jku }: Said, now: Date): Promise<Key> {
  const { keys, id } = client;
  if (keys && 'jwks' in keys) {
    if (jku !== undefined) throw refused('assertion-jku', 'It names a jku, but its keys are registered here.', id);
    return (await keyNamed(keys.jwks, kid, algorithm)) ?? unknownKey(id);
  }
  const address = keys?.jwksUri ?? '';
  if (jku !== undefined && jku !== address) {
    throw refused('assertion-jku', 'Its jku is not the address that is registered for its keys.', id);
  }
  const kept = await fetched(deps, address, now, id);
  const known = await keyNamed(kept, kid, algorithm);
  // A key that is not known may be a new one.
  return known ?? (await keyNamed(await fetched(deps, address, now, id, 'anew'), kid, algorithm)) ?? unknownKey(id);
}

async function fetched(
  { keysAt }: AssertionDeps,
  address: string,
  now: Date,
  id: string,
  anew?: 'anew',
): Promise<JSONWebKeySet> {
  const jwks = await keysAt(address, now, anew);
  if (jwks) return jwks;
  const text =
    'The keys at the registered address (jwks_uri) cannot be fetched: no JSON Web Key Set is answered there.';
  throw refused('keys-not-fetched', text, id);
}

function unknownKey(id: string): never {
  throw refused('assertion-unknown-key', 'No registered key has its kid and verifies by its algorithm.', id);
}

interface Expected {
  readonly audience: string;
  readonly now: Date;
  readonly id: string;
}

async function verified(
  assertion: string,
  key: Key,
  { algorithm }: Said,
  { audience, now, id }: Expected,
): Promise<JWTPayload> {
  try {
    const { payload } = await jwtVerify(assertion, key, {
      algorithms: [algorithm],
      currentDate: now,
      clockTolerance: SKEW_S,
    });
    if (!isFor(payload, audience)) {
      throw refused('assertion-audience', `Its aud must be the address of this token endpoint, ${audience}.`, id);
    }
    return payload;
  } catch (thrown) {
    throw thrown instanceof errors.JOSEError ? whyNot(thrown, id) : thrown;
  }
}

/** For this endpoint alone: what is good elsewhere too, others could use here. */
function isFor({ aud }: JWTPayload, audience: string): boolean {
  return (Array.isArray(aud) && aud.length === 1 ? aud[0] : aud) === audience;
}

function whyNot(error: errors.JOSEError, id: string): TokenRefused {
  if (error instanceof errors.JWTExpired) return expired(id);
  if (error instanceof errors.JWTClaimValidationFailed) {
    return refused('assertion-claims', 'A claim of it (exp, nbf, iat) is missing, no number, or not yet good.', id);
  }
  return refused('assertion-signature', 'Its signature is not by the registered key that it names.', id);
}

function expired(id: string): TokenRefused {
  return refused('assertion-expired', 'It has expired. Make a new one for each request.', id);
}

function expiryOf({ exp, iat }: JWTPayload, now: Date, id: string): Date {
  const nowS = now.getTime() / 1_000;
  if (exp === undefined) throw refused('assertion-claims', 'It needs exp: when it expires, in seconds.', id);
  if (exp <= nowS) throw expired(id);
  if (exp > nowS + LONGEST_LIFE_S + SKEW_S || (iat !== undefined && exp - iat > LONGEST_LIFE_S)) {
    throw refused('assertion-too-long-lived', `It may be good for ${LONGEST_LIFE_S} seconds at most.`, id);
  }
  return new Date(exp * 1_000);
}

const LONGEST_JTI = 255;

function jtiOf({ jti }: JWTPayload, id: string): string {
  if (typeof jti === 'string' && jti !== '' && jti.length <= LONGEST_JTI) return jti;
  throw refused('assertion-jti', `It needs jti: a text of its own, of ${LONGEST_JTI} characters at most.`, id);
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function refused(reason: string, why: string, clientId?: string): TokenRefused {
  return new TokenRefused('invalid_client', reason, `The client assertion is not accepted. ${why}`, clientId);
}
