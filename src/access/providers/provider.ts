import type { Sql } from '../../db/database.ts';
import { AppError } from '../../errors.ts';

/** An organization's own way to know its people, by OpenID Connect. */
export interface IdentityProvider {
  /** Stands in the address that it sends people back to. */
  readonly id: string;
  /** What people are shown. */
  readonly name: string;
  readonly issuer: string;
  /** What the hub is called there. */
  readonly clientId: string;
  /** Whose people it knows. */
  readonly organizationId: string;
  readonly active: boolean;
}

interface ProviderRow {
  readonly id: string;
  readonly name: string;
  readonly issuer: string;
  readonly client_id: string;
  readonly organization_id: string;
  readonly active: boolean;
}

const COLUMNS = 'id, name, issuer, client_id, organization_id, active';

/** @returns false when there is one of this id, or of this issuer and client id, already */
export async function insertProvider(
  sql: Sql,
  provider: Omit<IdentityProvider, 'active'>,
  now: Date,
): Promise<boolean> {
  const { id, name, issuer, clientId, organizationId } = provider;
  const rows = await sql.query(
    `INSERT INTO identity_provider (id, name, issuer, client_id, organization_id, created_at)
     VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING RETURNING id`,
    [id, name, issuer, clientId, organizationId, now],
  );
  return rows.length > 0;
}

/** All of them, by name. */
export async function listProviders(sql: Sql): Promise<IdentityProvider[]> {
  const rows = await sql.query<ProviderRow>(`SELECT ${COLUMNS} FROM identity_provider ORDER BY name, id`);
  return rows.map(providerOf);
}

/** @throws AppError (404) */
export async function requireProvider(sql: Sql, id: string, lock: '' | 'FOR UPDATE' = ''): Promise<IdentityProvider> {
  const [row] = await sql.query<ProviderRow>(`SELECT ${COLUMNS} FROM identity_provider WHERE id = $1 ${lock}`, [id]);
  if (row) return providerOf(row);
  throw new AppError('notFound', 'providers.no-such-provider', 'There is no such identity provider here.');
}

export async function updateProvider(
  sql: Sql,
  { id, name, active }: Pick<IdentityProvider, 'id' | 'name' | 'active'>,
): Promise<void> {
  await sql.query('UPDATE identity_provider SET name = $2, active = $3 WHERE id = $1', [id, name, active]);
}

function providerOf(row: ProviderRow): IdentityProvider {
  const { id, name, issuer, active } = row;
  return { id, name, issuer, clientId: row.client_id, organizationId: row.organization_id, active };
}
