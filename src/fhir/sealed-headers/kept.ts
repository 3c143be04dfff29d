import type { Sql } from '../../db/database.ts';
import type { SecretKeys } from '../../secrets/keys.ts';
import type { Belonging } from '../../secrets/seal.ts';
import { keepSecret, readSecret, removeSecret } from '../../secrets/store.ts';

/** Under which name the headers of a resource are kept. @param owner as `Endpoint/12` */
function belongingOf(owner: string): Belonging {
  return { kind: 'header', owner };
}

/**
 * The headers of an Endpoint or a Subscription, with their values; undefined when none are kept.
 * @param owner as `Endpoint/12`
 * @throws AppError (500) when they cannot be opened
 */
export async function keptHeaders(sql: Sql, keys: SecretKeys, owner: string): Promise<readonly string[] | undefined> {
  const text = await readSecret(sql, keys, belongingOf(owner));
  return text === undefined ? undefined : (JSON.parse(text) as readonly string[]);
}

/** @throws AppError (422) when the hub has no key */
export function keepHeaders(sql: Sql, keys: SecretKeys, owner: string, headers: readonly string[]): Promise<void> {
  return keepSecret(sql, keys, belongingOf(owner), JSON.stringify(headers));
}

export function forgetHeaders(sql: Sql, owner: string): Promise<void> {
  return removeSecret(sql, belongingOf(owner));
}
