import { hash } from 'node:crypto';
import type { Database, Sql } from '../../db/database.ts';
import { recordIn } from '../../fhir/audit/record/new-entry.ts';
import type { Caller } from '../../fhir/caller.ts';
import { formatScope, parseScope, parseScopes, withinScopes } from '../../fhir/scopes/scope.ts';
import { canBeSearched } from '../../fhir/scopes/scope-problem.ts';
import { type Client, keepToken, newToken } from '../clients.ts';
import { type Assertion, type AssertionDeps, verifyAssertion } from './assertion.ts';
import { type ShownCertificate, verifyCertificate } from './certificate.ts';
import { TokenRefused } from './oauth-error.ts';

export const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
/** Seconds. @see https://hl7.org/fhir/smart-app-launch/STU2.2/backend-services.html#issue-access-token */
export const TOKEN_LIFE_S = 300;

export interface IssueDeps extends AssertionDeps {
  readonly db: Database;
  readonly now: () => Date;
}

/** How a program asks. */
export interface AskedWith {
  /** The address of this token endpoint. */
  readonly audience: string;
  /** What it has shown when it connected: its token is then good with that alone, where it signs in by it. */
  readonly certificate: ShownCertificate | undefined;
  /** Whether it has shown a secret in a header. */
  readonly hasSecret: boolean;
  readonly requestId: string;
}

/** What a token endpoint answers. @see https://www.rfc-editor.org/rfc/rfc6749#section-5.1 */
export interface TokenAnswer {
  readonly access_token: string;
  readonly token_type: 'bearer';
  readonly expires_in: number;
  readonly scope: string;
}

/**
 * Gives a program a token: who it is, what it may, and that its assertion was not used before, in one transaction.
 * @param form what was sent; each parameter once
 * @throws TokenRefused
 * @see https://hl7.org/fhir/smart-app-launch/STU2.2/backend-services.html#obtain-access-token
 */
export async function issueToken(
  deps: IssueDeps,
  form: URLSearchParams,
  { audience, certificate, hasSecret, requestId }: AskedWith,
): Promise<TokenAnswer> {
  const asked = readForm(form, hasSecret);
  const now = deps.now();
  const { client, assertion } = await whoAsks(deps, asked, audience, certificate);
  const scopes = grantedOf(client, asked.scope);
  const token = newToken();
  await deps.db.transaction(async (tx) => {
    await requireSameKeys(tx, client);
    if (assertion) await spend(tx, assertion);
    const expiresAt = new Date(now.getTime() + TOKEN_LIFE_S * 1_000);
    await keepToken(tx, {
      token,
      clientId: client.id,
      scopes,
      now,
      expiresAt,
      certificate: client.certificate && certificate?.thumbprint,
    });
    const caller: Caller = { kind: 'client', organizationId: client.organizationId, clientId: client.id, requestId };
    await recordIn(tx, caller, now, [{ action: 'E', interaction: 'token' }]);
  });
  return {
    access_token: token,
    token_type: 'bearer',
    expires_in: TOKEN_LIFE_S,
    scope: asWritten(scopes, asked.scope).join(' '),
  };
}

/** A program proves who it is by an assertion, or by the certificate it has shown. */
async function whoAsks(
  deps: IssueDeps,
  { assertion, clientId }: Form,
  audience: string,
  certificate: ShownCertificate | undefined,
): Promise<{ readonly client: Client; readonly assertion?: Assertion }> {
  if (assertion === undefined)
    return { client: await verifyCertificate(deps, clientId ?? '', certificate, deps.now()) };
  const verified = await verifyAssertion(deps, assertion, audience, deps.now());
  requireSame(verified.client, clientId);
  return { client: verified.client, assertion: verified };
}

interface Form {
  /** Undefined: the program signs in by a certificate. */
  readonly assertion: string | undefined;
  readonly clientId: string | undefined;
  readonly scope: string;
}

const PARAMETERS = [
  'grant_type',
  'client_assertion_type',
  'client_assertion',
  'client_secret',
  'scope',
  'client_id',
] as const;

function readForm(form: URLSearchParams, hasSecret: boolean): Form {
  const twice = PARAMETERS.find((name) => form.getAll(name).length > 1);
  if (twice) throw request(`${twice} was sent more than once. Send it once.`);
  // What has no value is as good as left out. @see https://www.rfc-editor.org/rfc/rfc6749#section-3.2
  const said = (name: (typeof PARAMETERS)[number]): string | undefined => form.get(name) || undefined;
  const grant = said('grant_type');
  if (grant === undefined) throw request('grant_type is missing. Send client_credentials.');
  if (grant !== 'client_credentials') {
    const text = 'This hub gives tokens to programs only: grant_type must be client_credentials.';
    throw new TokenRefused('unsupported_grant_type', 'grant-type', text);
  }
  const [clientId, assertion, scope = ''] = [said('client_id'), said('client_assertion'), said('scope')];
  requireOneWay(assertion, hasSecret || said('client_secret') !== undefined, clientId);
  if (assertion !== undefined && said('client_assertion_type') !== ASSERTION_TYPE) {
    throw request(`client_assertion_type must be ${ASSERTION_TYPE}.`);
  }
  return { assertion, clientId, scope };
}

/**
 * A program says who it is by one of the ways there are.
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-2.3
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-5.2
 */
function requireOneWay(assertion: string | undefined, hasSecret: boolean, clientId: string | undefined): void {
  if (hasSecret && assertion !== undefined) {
    throw request('Programs have keys here and no secrets. Send the client_assertion alone.');
  }
  if (hasSecret) throw unproved('Programs have keys here and no secrets. Send a client_assertion.');
  if (assertion === undefined && clientId === undefined) {
    throw unproved('client_assertion is missing. Send a JSON Web Token, signed with your key.');
  }
}

function unproved(text: string): TokenRefused {
  return new TokenRefused('invalid_client', 'client-authentication', text);
}

/** Who has proved itself by keys that were changed in this moment has proved nothing. */
async function requireSameKeys(tx: Sql, { id, keysRound }: Client): Promise<void> {
  const rows = await tx.query(
    'SELECT 1 FROM client WHERE id = $1 AND keys_round = $2 AND revoked_at IS NULL FOR SHARE',
    [id, keysRound],
  );
  if (rows.length > 0) return;
  const text = 'What this program signs in by was changed in this moment. Sign in by what it is now.';
  throw new TokenRefused('invalid_client', 'keys-changed', text, id);
}

/** @see https://www.rfc-editor.org/rfc/rfc7521#section-4.2 */
function requireSame({ id }: Client, clientId: string | undefined): void {
  if (clientId === undefined || clientId === id) return;
  const text = 'client_id names another program than the client assertion. Leave client_id out.';
  throw new TokenRefused('invalid_client', 'other-client', text, id);
}

function request(text: string): TokenRefused {
  return new TokenRefused('invalid_request', 'request', text);
}

/**
 * What of the scopes that are asked for a program may have.
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-3.3
 */
function grantedOf({ id, scopes: allowed = [] }: Client, asked: string): string[] {
  if (asked.length > LONGEST_SCOPE) throw scope('scope-too-long', `It is longer than ${LONGEST_SCOPE} characters.`, id);
  const { scopes } = parseScopes(asked);
  if (scopes.length === 0) {
    const why = asked === '' ? 'Say which scopes the token is for' : 'It names no scope of a program. Write scopes so';
    throw scope('scope-missing', `${why}, e.g. system/Task.rs.`, id);
  }
  // A condition that is not understood would hold nothing back.
  const granted = withinScopes(scopes.filter(canBeSearched), parseScopes(allowed.join(' ')).scopes);
  if (granted.length > 0 && granted.length <= MOST_SCOPES) return granted.map(formatScope);
  throw scope(
    'scope-not-allowed',
    'This program may have none of it. The administrator of the hub says what it may.',
    id,
  );
}

/** Scopes that were asked for in the older form are named so when they are granted. Pure. */
function asWritten(scopes: readonly string[], asked: string): string[] {
  const written = new Map(
    asked.split(' ').flatMap((text) => {
      const scope = parseScope(text);
      return scope ? [[formatScope(scope), text] as const] : [];
    }),
  );
  return scopes.map((each) => written.get(each) ?? each);
}

const LONGEST_SCOPE = 4_000;
const MOST_SCOPES = 200;

function scope(reason: string, why: string, id: string): TokenRefused {
  return new TokenRefused('invalid_scope', reason, `The scope is not granted. ${why}`, id);
}

/** Whoever comes second with an assertion finds that it was used, whichever process it comes to. */
async function spend(tx: Sql, { client, jti, expiresAt }: Assertion): Promise<void> {
  const used = await tx.query(
    `INSERT INTO used_assertion (client_id, digest, expires_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING 1`,
    [client.id, hash('sha256', jti, 'buffer'), expiresAt],
  );
  if (used.length > 0) return;
  const text =
    'The client assertion is not accepted. It (or its jti) was used before. Make a new one for each request.';
  throw new TokenRefused('invalid_client', 'assertion-replayed', text, client.id);
}
