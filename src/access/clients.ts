import { hash, randomBytes } from 'node:crypto';
import type { Sql } from '../db/database.ts';
import type { Caller } from '../fhir/caller.ts';

/** A program that acts for an organization. */
export interface Client {
  readonly id: string;
  readonly name: string;
  readonly organizationId: string;
}

const TOKEN_LIFE_DAYS = 90;

/**
 * Registers a program for an organization and gives it an access token. The token is told once: only its digest is kept.
 */
export async function registerClient(
  sql: Sql,
  details: { id: string; name: string; organizationId: string; now: Date },
): Promise<{ client: Client; token: string; expiresAt: Date }> {
  const { id, name, organizationId, now } = details;
  const token = randomBytes(32).toString('base64url');
  const expiresAt = new Date(now.getTime() + TOKEN_LIFE_DAYS * 86_400_000);
  await sql.query(
    `WITH registered AS (INSERT INTO client (id, name, organization_id, created_at) VALUES ($1, $2, $3, $4) RETURNING id)
     INSERT INTO access_token (digest, client_id, created_at, expires_at) SELECT $5, id, $4, $6 FROM registered`,
    [id, name, organizationId, now, Buffer.from(digestOf(token), 'base64'), expiresAt],
  );
  return { client: { id, name, organizationId }, token, expiresAt };
}

/** Who a token stands for, and until when. */
export interface KnownToken {
  readonly caller: Caller;
  readonly expiresAt: Date;
}

/** What a token stands for; undefined when it is unknown, expired or revoked. @param digest see `digestOf` */
export async function readToken(sql: Sql, digest: string, now: Date): Promise<KnownToken | undefined> {
  const [row] = await sql.query<{ client_id: string; organization_id: string; expires_at: Date }>(
    `SELECT client.id AS client_id, client.organization_id, expires_at FROM access_token JOIN client ON client.id = client_id
     WHERE digest = $1 AND revoked_at IS NULL AND expires_at > $2`,
    [Buffer.from(digest, 'base64'), now],
    { brief: true },
  );
  if (!row) return undefined;
  const caller: Caller = { kind: 'client', organizationId: row.organization_id, clientId: row.client_id };
  return { caller, expiresAt: row.expires_at };
}

// The token itself has 256 random bits: a plain digest cannot be guessed back.
export function digestOf(token: string): string {
  return hash('sha256', token, 'base64');
}
