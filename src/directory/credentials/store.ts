import type { Sql } from '../../db/database.ts';
import type { Caller } from '../../fhir/caller.ts';
import type { SecretKeys } from '../../secrets/keys.ts';
import type { Belonging } from '../../secrets/seal.ts';
import { keepSecret, readSecret, removeSecret } from '../../secrets/store.ts';
import type { Credential } from './credential.ts';

/** What anybody may be told of a credential. */
export interface CredentialRecord {
  readonly kind: Credential['kind'];
  /** The server it is presented to: scheme, host and port. */
  readonly origin: string;
  readonly setAt: Date;
  readonly setBy: { readonly organizationId: string; readonly clientId?: string };
}

/** A credential, for the server it is presented to. */
export interface KeptCredential {
  readonly endpointId: string;
  readonly credential: Credential;
  readonly origin: string;
  /** Another one whenever it is set anew. */
  readonly setAt: Date;
}

function belongingOf(endpointId: string): Belonging {
  return { kind: 'credential', owner: `Endpoint/${endpointId}` };
}

/** @throws AppError (422) when the hub has no key */
export async function keepCredential(
  sql: Sql,
  keys: SecretKeys,
  { endpointId, credential, origin, setAt }: KeptCredential,
  { organizationId, clientId }: Caller,
): Promise<void> {
  await keepSecret(sql, keys, belongingOf(endpointId), JSON.stringify(credential));
  await sql.query(
    `INSERT INTO endpoint_credential (endpoint_id, kind, origin, set_at, organization_id, client_id)
     VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT (endpoint_id) DO UPDATE SET kind = excluded.kind, origin = excluded.origin, set_at = excluded.set_at,
       organization_id = excluded.organization_id, client_id = excluded.client_id`,
    [endpointId, credential.kind, origin, setAt, organizationId, clientId ?? null],
  );
}

interface RecordRow {
  readonly kind: Credential['kind'];
  readonly origin: string;
  readonly set_at: Date;
  readonly organization_id: string;
  readonly client_id: string | null;
}

export async function readCredentialRecord(sql: Sql, endpointId: string): Promise<CredentialRecord | undefined> {
  const [row] = await sql.query<RecordRow>('SELECT * FROM endpoint_credential WHERE endpoint_id = $1', [endpointId]);
  if (!row) return undefined;
  const { kind, origin, set_at: setAt, organization_id: organizationId, client_id: clientId } = row;
  return { kind, origin, setAt, setBy: { organizationId, ...(clientId === null ? {} : { clientId }) } };
}

/** @returns whether there was one */
export async function removeCredential(sql: Sql, endpointId: string): Promise<boolean> {
  await removeSecret(sql, belongingOf(endpointId));
  const removed = await sql.query('DELETE FROM endpoint_credential WHERE endpoint_id = $1 RETURNING 1', [endpointId]);
  return removed.length > 0;
}

/**
 * The credential of an Endpoint; undefined when it has none.
 * @throws AppError (500) when it cannot be opened
 */
export async function credentialOf(
  sql: Sql,
  keys: SecretKeys,
  endpointId: string,
): Promise<KeptCredential | undefined> {
  const record = await readCredentialRecord(sql, endpointId);
  if (!record) return undefined;
  const text = await readSecret(sql, keys, belongingOf(endpointId));
  if (text === undefined) return undefined;
  return { endpointId, credential: JSON.parse(text) as Credential, origin: record.origin, setAt: record.setAt };
}

/**
 * The credential that an organization has given for a server, by whichever of its Endpoints.
 * @throws AppError (500) when it cannot be opened
 */
export async function credentialAt(
  sql: Sql,
  keys: SecretKeys,
  organizationId: string,
  origin: string,
): Promise<KeptCredential | undefined> {
  const [row] = await sql.query<{ id: string }>(CREDENTIAL_AT_SQL, [
    origin,
    [`Endpoint.organization=Organization/${organizationId}`],
  ]);
  return row && credentialOf(sql, keys, row.id);
}

const CREDENTIAL_AT_SQL = `
  SELECT endpoint_id AS id FROM endpoint_credential JOIN resource ON type = 'Endpoint' AND id = endpoint_id
  WHERE origin = $1 AND NOT deleted AND tokens @> $2::text[] ORDER BY endpoint_id LIMIT 1`;
