import type { Sql } from '../../db/database.ts';
import { AppError } from '../../errors.ts';
import { recordIn } from '../../fhir/audit/record/new-entry.ts';
import type { Caller } from '../../fhir/caller.ts';
import type { SecretKeys } from '../../secrets/keys.ts';
import type { Belonging } from '../../secrets/seal.ts';
import { keepSecret, readSecret } from '../../secrets/store.ts';
import type { PeopleDeps } from '../people/deps.ts';
import type { ProviderChange, ProviderInput } from './api.ts';
import type { OpenId } from './openid.ts';
import { type IdentityProvider, insertProvider, requireProvider, updateProvider } from './provider.ts';

export interface ProviderDeps extends PeopleDeps {
  readonly secretKeys: SecretKeys;
  readonly openId: OpenId;
}

/**
 * Registers the identity provider of an organization.
 * @throws AppError (422) when it cannot be reached, the organization is not known, or the hub has no key for secrets; (409)
 * when it is there already
 */
export async function registerProvider(
  deps: ProviderDeps,
  caller: Caller,
  { clientSecret, ...provider }: ProviderInput,
): Promise<IdentityProvider> {
  await requireOrganization(deps.db, provider.organizationId);
  await deps.openId.check(provider.issuer);
  return deps.db.transaction(async (tx) => {
    const now = deps.now();
    if (!(await insertProvider(tx, provider, now))) throw taken();
    await keepSecret(tx, deps.secretKeys, secretOf(provider), clientSecret);
    await recordIn(tx, caller, now, [{ action: 'C', interaction: 'provider-added', query: provider.id }]);
    return requireProvider(tx, provider.id);
  });
}

/** @throws AppError (404); (422) when the hub has no key for secrets */
export async function changeProvider(
  deps: ProviderDeps,
  caller: Caller,
  id: string,
  { clientSecret, ...change }: ProviderChange,
): Promise<IdentityProvider> {
  return deps.db.transaction(async (tx) => {
    const before = await requireProvider(tx, id, 'FOR UPDATE');
    await updateProvider(tx, { id, name: change.name ?? before.name, active: change.active ?? before.active });
    if (clientSecret !== undefined) await keepSecret(tx, deps.secretKeys, secretOf(before), clientSecret);
    await recordIn(tx, caller, deps.now(), [{ action: 'U', interaction: 'provider-changed', query: id }]);
    return requireProvider(tx, id);
  });
}

/** A provider that people sign in with now, and what the hub proves itself by there. @throws AppError (404) */
export async function usableProvider(
  { db, secretKeys }: ProviderDeps,
  id: string,
): Promise<IdentityProvider & { readonly clientSecret: string }> {
  const provider = await requireProvider(db, id);
  const clientSecret = await readSecret(db, secretKeys, secretOf(provider));
  if (provider.active && clientSecret !== undefined) return { ...provider, clientSecret };
  throw new AppError('notFound', 'providers.no-such-provider', 'There is no such identity provider here.');
}

function secretOf({ id }: Pick<IdentityProvider, 'id'>): Belonging {
  return { kind: 'client-secret', owner: `IdentityProvider/${id}` };
}

async function requireOrganization(sql: Sql, id: string): Promise<void> {
  const [row] = await sql.query(`SELECT 1 FROM resource WHERE type = 'Organization' AND id = $1 AND NOT deleted`, [id]);
  if (row) return;
  const text = 'There is no such Organization here. Create it first.';
  throw new AppError('unprocessable', 'providers.organization', text, {
    issues: [{ text, expression: 'organizationId' }],
  });
}

function taken(): AppError {
  const text = 'There is an identity provider of this id, or of this issuer and clientId, already. Change that one.';
  return new AppError('duplicate', 'providers.taken', text);
}
