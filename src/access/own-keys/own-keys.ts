import { randomUUID } from 'node:crypto';
import { exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from 'jose';
import type { Database, Sql } from '../../db/database.ts';
import { lockNames } from '../../db/locks.ts';
import { AppError } from '../../errors.ts';
import type { SecretKeys } from '../../secrets/keys.ts';
import type { Belonging } from '../../secrets/seal.ts';
import { keepSecret, readSecret, removeSecret } from '../../secrets/store.ts';
import { type OwnKey, publishedAt, signingAt } from './in-use.ts';

/** The algorithm the hub signs by. @see https://hl7.org/fhir/smart-app-launch/STU2.2/client-confidential-asymmetric.html */
const ALGORITHM = 'ES384';
const ASSERTION_LIFE_S = 240;

export interface OwnKeyDeps {
  readonly db: Database;
  readonly secretKeys: SecretKeys;
  readonly now: () => Date;
}

interface StoredKey extends OwnKey {
  readonly publicKey: JWK;
}

/**
 * Signs who the hub is, for the token endpoint of a partner's server.
 * @param clientId what the hub is registered as there
 * @throws AppError (422) when the hub has no key of secrets
 */
export async function signAssertion(deps: OwnKeyDeps, clientId: string, tokenUrl: string): Promise<string> {
  const now = deps.now();
  const { kid } = signingAt(await storedKeys(deps.db), now) ?? (await makeFirst(deps));
  const key = await privateKey(deps, kid);
  const seconds = Math.floor(now.getTime() / 1_000);
  return new SignJWT({ jti: randomUUID() })
    .setProtectedHeader({ alg: ALGORITHM, kid, typ: 'JWT' })
    .setIssuer(clientId)
    .setSubject(clientId)
    .setAudience(tokenUrl)
    .setIssuedAt(seconds)
    .setExpirationTime(seconds + ASSERTION_LIFE_S)
    .sign(key);
}

/** The public half of the hub's keys, as partners fetch it; the first is made when it is asked for. */
export async function ownKeySet(deps: OwnKeyDeps): Promise<{ readonly keys: readonly JWK[] }> {
  const stored = await storedKeys(deps.db);
  // Without a key of secrets there is none, and none can be made.
  if (stored.length === 0 && deps.secretKeys.length > 0) return { keys: [(await makeFirst(deps)).publicKey] };
  return { keys: publishedAt(stored, deps.now()).map(({ publicKey }) => publicKey) };
}

/** Makes a new key. It is published at once, and signs when partners have had the time to fetch it. @returns its kid */
export async function makeNextKey(deps: OwnKeyDeps): Promise<string> {
  return deps.db.transaction(async (tx) => (await make(tx, deps)).kid);
}

/** Removes keys that are not published any more. */
export async function tidyOwnKeys({ db, now }: Pick<OwnKeyDeps, 'db' | 'now'>): Promise<void> {
  const keys = await storedKeys(db);
  const published = new Set(publishedAt(keys, now()));
  for (const { kid } of keys.filter((key) => !published.has(key))) {
    await db.transaction(async (tx) => {
      await removeSecret(tx, belongingOf(kid));
      await tx.query('DELETE FROM signing_key WHERE kid = $1', [kid]);
    });
  }
}

function belongingOf(kid: string): Belonging {
  return { kind: 'signing-key', owner: kid };
}

async function storedKeys(sql: Sql): Promise<StoredKey[]> {
  return sql.query<StoredKey>(
    'SELECT kid, public_key AS "publicKey", created_at AS "createdAt" FROM signing_key ORDER BY created_at, kid',
  );
}

/** Several processes that find none make one together. */
function makeFirst(deps: OwnKeyDeps): Promise<StoredKey> {
  return deps.db.transaction(async (tx) => {
    await lockNames(tx, ['signing_key']);
    const [first] = await storedKeys(tx);
    return first ?? make(tx, deps);
  });
}

async function make(tx: Sql, { secretKeys, now }: OwnKeyDeps): Promise<StoredKey> {
  const pair = await generateKeyPair(ALGORITHM, { extractable: true });
  const kid = randomUUID();
  const publicKey = { ...(await exportJWK(pair.publicKey)), kid, alg: ALGORITHM, use: 'sig' };
  const createdAt = now();
  await keepSecret(tx, secretKeys, belongingOf(kid), JSON.stringify(await exportJWK(pair.privateKey)));
  await tx.query('INSERT INTO signing_key (kid, public_key, created_at) VALUES ($1, $2::json, $3)', [
    kid,
    JSON.stringify(publicKey),
    createdAt,
  ]);
  return { kid, publicKey, createdAt };
}

async function privateKey({ db, secretKeys }: OwnKeyDeps, kid: string): ReturnType<typeof importJWK> {
  const text = await readSecret(db, secretKeys, belongingOf(kid));
  if (text !== undefined) return importJWK(JSON.parse(text) as JWK, ALGORITHM);
  throw new AppError(
    'fault',
    'secrets.not-opened',
    `The private half of the hub's key ${kid} is gone. Make a new one.`,
  );
}
