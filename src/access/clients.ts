import { hash, randomBytes } from 'node:crypto';
import type { JSONWebKeySet } from 'jose';
import type { Sql } from '../db/database.ts';
import type { Caller } from '../fhir/caller.ts';
import { parseScopes } from '../fhir/scopes/scope.ts';

/** Where a program's public keys are: here as they were registered, or at an address of its own. */
export type ClientKeys = { readonly jwks: JSONWebKeySet } | { readonly jwksUri: string };

/**
 * The certificate a program signs in by: of a subject, issued by an authority that is known here; or one of its own,
 * which stands among its keys.
 * @see https://www.rfc-editor.org/rfc/rfc8705#section-2
 */
export type ClientCertificate = { readonly subject: string } | { readonly keys: ClientKeys };

/** A program that acts for an organization. */
export interface Client {
  readonly id: string;
  readonly name: string;
  readonly organizationId: string;
  /** Undefined: it has none, and works with the token that it was given. */
  readonly keys?: ClientKeys | undefined;
  /** By what certificate it signs in, in the place of keys. */
  readonly certificate?: ClientCertificate | undefined;
  /** What its tokens may hold at most; undefined: everything. */
  readonly scopes?: readonly string[] | undefined;
  /** Counts how often what it signs in by was changed. */
  readonly keysRound?: number | undefined;
}

/** A client with what only its administrators need. */
export interface ClientRecord extends Client {
  readonly createdAt: Date;
  readonly revokedAt: Date | null;
}

interface ClientRow {
  readonly id: string;
  readonly name: string;
  readonly organization_id: string;
  readonly jwks: JSONWebKeySet | null;
  readonly jwks_uri: string | null;
  readonly tls_subject: string | null;
  readonly tls_self_signed: boolean;
  readonly scopes: string[] | null;
  readonly keys_round: number;
  readonly created_at: Date;
  readonly revoked_at: Date | null;
}

/** Registers a program. One with keys asks for its tokens itself; one without is given one by `giveTrialToken`. */
export async function registerClient(sql: Sql, client: Client, now: Date): Promise<void> {
  const { id, name, organizationId, scopes } = client;
  await sql.query(
    `INSERT INTO client (id, name, organization_id, scopes, created_at, jwks, jwks_uri, tls_subject, tls_self_signed)
     VALUES ($1, $2, $3, $4::text[], $5, $6::json, $7, $8, $9)`,
    [id, name, organizationId, scopes ?? null, now, ...columnsOf(client)],
  );
}

/** By what a program signs in, as it is kept: `jwks`, `jwks_uri`, `tls_subject`, `tls_self_signed`. */
export function columnsOf({
  keys: own,
  certificate,
}: Pick<Client, 'keys' | 'certificate'>): [string | null, string | null, string | null, boolean] {
  const keys = certificate && 'keys' in certificate ? certificate.keys : own;
  return [
    keys && 'jwks' in keys ? JSON.stringify(keys.jwks) : null,
    keys && 'jwksUri' in keys ? keys.jwksUri : null,
    certificate && 'subject' in certificate ? certificate.subject : null,
    certificate !== undefined && 'keys' in certificate,
  ];
}

const TRIAL_DAYS = 90;

/** Gives a program without keys a token. It is told once: only its digest is kept. */
export async function giveTrialToken(
  sql: Sql,
  clientId: string,
  now: Date,
): Promise<{ token: string; expiresAt: Date }> {
  const token = newToken();
  const expiresAt = new Date(now.getTime() + TRIAL_DAYS * 86_400_000);
  await keepToken(sql, { token, clientId, scopes: undefined, now, expiresAt });
  return { token, expiresAt };
}

/** 256 random bits. */
export function newToken(): string {
  return randomBytes(32).toString('base64url');
}

interface NewToken {
  readonly token: string;
  readonly clientId: string;
  /** What it is given for; undefined: all that its client may. */
  readonly scopes: readonly string[] | undefined;
  readonly now: Date;
  readonly expiresAt: Date;
  /** The thumbprint of the certificate it is bound to. */
  readonly certificate?: string | undefined;
}

export async function keepToken(
  sql: Sql,
  { token, clientId, scopes, now, expiresAt, certificate }: NewToken,
): Promise<void> {
  await sql.query(
    'INSERT INTO access_token (digest, client_id, scopes, created_at, expires_at, certificate) VALUES ($1, $2, $3::text[], $4, $5, $6)',
    [Buffer.from(digestOf(token), 'base64'), clientId, scopes ?? null, now, expiresAt, certificate ?? null],
  );
}

/** A program that was not revoked. */
export async function findClient(sql: Sql, id: string): Promise<Client | undefined> {
  if (!UUID.test(id)) return undefined;
  const [row] = await sql.query<ClientRow>('SELECT * FROM client WHERE id = $1 AND revoked_at IS NULL', [id]);
  return row && clientOf(row);
}

export const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** All programs, the oldest first; of one organization where that is said. */
export async function listClients(sql: Sql, organizationId?: string): Promise<ClientRecord[]> {
  const rows = await sql.query<ClientRow>(
    'SELECT * FROM client WHERE $1::text IS NULL OR organization_id = $1 ORDER BY created_at, id',
    [organizationId ?? null],
  );
  return rows.map((row) => ({ ...clientOf(row), createdAt: row.created_at, revokedAt: row.revoked_at }));
}

function clientOf(row: ClientRow): Client {
  const {
    id,
    name,
    organization_id,
    jwks,
    jwks_uri,
    tls_subject: subject,
    tls_self_signed: isSelfSigned,
    scopes,
    keys_round: keysRound,
  } = row;
  const keys = jwks ? { jwks } : jwks_uri ? { jwksUri: jwks_uri } : undefined;
  const known = { id, name, organizationId: organization_id, scopes: scopes ?? undefined, keysRound };
  if (subject !== null) return { ...known, certificate: { subject } };
  return keys && isSelfSigned ? { ...known, certificate: { keys } } : { ...known, keys };
}

/** The channel on which a revocation is announced, by the database itself. */
export const REVOKED_CHANNEL = 'careloop_revoked';

/** Who a token stands for, and until when. */
export interface KnownToken {
  readonly caller: Caller;
  readonly expiresAt: Date;
  /** The thumbprint of the certificate it is good with; undefined: it needs none. */
  readonly certificate: string | undefined;
}

interface TokenRow {
  readonly client_id: string;
  readonly organization_id: string;
  readonly scopes: string[] | null;
  readonly expires_at: Date;
  readonly certificate: string | null;
}

/** What a token stands for; undefined when it is unknown, expired or revoked. @param digest see `digestOf` */
export async function readToken(sql: Sql, digest: string, now: Date): Promise<KnownToken | undefined> {
  const [row] = await sql.query<TokenRow>(
    `SELECT client.id AS client_id, client.organization_id, coalesce(token.scopes, client.scopes) AS scopes, expires_at, token.certificate
     FROM access_token token JOIN client ON client.id = client_id
     WHERE digest = $1 AND token.revoked_at IS NULL AND client.revoked_at IS NULL AND expires_at > $2`,
    [Buffer.from(digest, 'base64'), now],
    { brief: true },
  );
  if (!row) return undefined;
  const scopes = row.scopes ? { scopes: parseScopes(row.scopes.join(' ')).scopes } : {};
  const caller: Caller = { kind: 'client', organizationId: row.organization_id, clientId: row.client_id, ...scopes };
  return { caller, expiresAt: row.expires_at, certificate: row.certificate ?? undefined };
}

/** The program a token was given to, also when it is good no more. */
export async function clientNamedBy(sql: Sql, token: string): Promise<string | undefined> {
  const digest = Buffer.from(digestOf(token), 'base64');
  const [row] = await sql.query<{ id: string }>('SELECT client_id AS id FROM access_token WHERE digest = $1', [digest]);
  return row?.id;
}

// The token itself has 256 random bits: a plain digest cannot be guessed back.
export function digestOf(token: string): string {
  return hash('sha256', token, 'base64');
}
