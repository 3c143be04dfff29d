import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTPayload, jwtVerify } from 'jose';
import { AppError } from '../../errors.ts';
import type { Caller } from '../../fhir/caller.ts';
import { endSessions } from '../sessions/end.ts';
import type { PublishedKeys } from '../tokens/published-keys.ts';
import type { IdentityProvider } from './provider.ts';
import type { ProviderDeps } from './register-provider.ts';

export interface BackChannelDeps extends ProviderDeps {
  readonly keysAt: PublishedKeys;
}

/** What a provider says of a sign-out there: whose, or of which session, or both; and when. */
interface SignOut {
  readonly subject: string | undefined;
  readonly sid: string | undefined;
  readonly at: Date;
}

const EVENT = 'http://schemas.openid.net/event/backchannel-logout';
/** Signed by the provider's key; nothing that a shared secret could sign. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];
const LONGEST_TOKEN = 8_000;
const OLDEST_S = 300;
const SKEW_S = 10;

/**
 * Ends the sessions that were opened by what has ended at an identity provider: that session there, or all of a person.
 * Only those that were opened before it was said: said again, it ends nothing newer.
 * @param token the `logout_token`
 * @throws AppError (400) saying that it does not hold; nothing of it is told
 * @see https://openid.net/specs/openid-connect-backchannel-1_0.html#Validation
 */
export async function signOutByProvider(
  deps: BackChannelDeps,
  provider: IdentityProvider,
  token: string,
  requestId?: string,
): Promise<void> {
  const { subject, sid, at } = await verified(deps, provider, token);
  const how = `oidc:${provider.id}`;
  const hub: Caller = { kind: 'hub', organizationId: deps.hubOrg, ...(requestId === undefined ? {} : { requestId }) };
  await deps.db.transaction(async (tx) => {
    const people = await tx.query<{ id: string }>(
      `SELECT DISTINCT s.person_id AS id FROM session s JOIN person_identity i ON i.person_id = s.person_id AND i.provider_id = $1
       WHERE s.how = $2 AND s.ended_at IS NULL AND ($3::text IS NULL OR i.subject = $3) AND ($4::text IS NULL OR s.provider_sid = $4)`,
      [provider.id, how, subject ?? null, sid ?? null],
    );
    for (const { id } of people) await endSessions(tx, hub, id, { openedBy: how, sid, until: at }, deps.now());
  });
}

async function verified(deps: BackChannelDeps, provider: IdentityProvider, token: string): Promise<SignOut> {
  if (token === '' || token.length > LONGEST_TOKEN) throw refused();
  try {
    const address = await deps.openId.keysAddress(provider.issuer);
    return readSignOut(await payloadOf(deps, provider, token, address));
  } catch (thrown) {
    if (thrown instanceof AppError || thrown instanceof errors.JOSEError) throw refused();
    throw thrown;
  }
}

async function payloadOf(
  { keysAt, now }: BackChannelDeps,
  { issuer, clientId }: IdentityProvider,
  token: string,
  address: string,
): Promise<JWTPayload> {
  const check = async (jwks: JSONWebKeySet | undefined): Promise<JWTPayload> => {
    if (!jwks) throw refused();
    const { payload } = await jwtVerify(token, createLocalJWKSet(jwks), {
      algorithms: ALGORITHMS,
      issuer,
      audience: clientId,
      currentDate: now(),
      clockTolerance: SKEW_S,
      maxTokenAge: OLDEST_S,
      requiredClaims: ['jti', 'iat'],
    });
    return payload;
  };
  try {
    return await check(await keysAt(address, now()));
  } catch (thrown) {
    // A key that is not known may be a new one.
    if (!(thrown instanceof errors.JWKSNoMatchingKey)) throw thrown;
    return check(await keysAt(address, now(), 'anew'));
  }
}

/** An ID token has a nonce and no such event: it is not taken for one. */
function readSignOut({ sub, sid, iat = 0, nonce, events }: JWTPayload): SignOut {
  const isEvent = typeof events === 'object' && events !== null && EVENT in events;
  const said = { subject: sub, sid: typeof sid === 'string' ? sid : undefined, at: new Date((iat + SKEW_S) * 1_000) };
  if (!isEvent || nonce !== undefined || (said.subject === undefined && said.sid === undefined)) throw refused();
  return said;
}

function refused(): AppError {
  const text = 'The logout_token does not hold: send one of this provider, signed, for this hub, of the last minutes.';
  return new AppError('invalid', 'providers.logout-token', text);
}
