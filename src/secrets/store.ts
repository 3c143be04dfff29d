import type { Sql } from '../db/database.ts';
import type { SecretKeys } from './keys.ts';
import { type Belonging, openText, sealText } from './seal.ts';

/**
 * Keeps a secret, in the place of what was kept before.
 * @throws AppError (422) when the hub has no key
 */
export async function keepSecret(sql: Sql, keys: SecretKeys, belonging: Belonging, text: string): Promise<void> {
  await sql.query(
    `INSERT INTO secret (kind, owner, sealed) VALUES ($1, $2, $3)
     ON CONFLICT (kind, owner) DO UPDATE SET sealed = excluded.sealed`,
    [belonging.kind, belonging.owner, sealText(keys, text, belonging)],
  );
}

/**
 * A secret as it was kept; undefined when there is none.
 * @throws AppError (500) when it cannot be opened
 */
export async function readSecret(sql: Sql, keys: SecretKeys, belonging: Belonging): Promise<string | undefined> {
  const [row] = await sql.query<{ sealed: string }>('SELECT sealed FROM secret WHERE kind = $1 AND owner = $2', [
    belonging.kind,
    belonging.owner,
  ]);
  return row && openText(keys, row.sealed, belonging);
}

export async function removeSecret(sql: Sql, { kind, owner }: Belonging): Promise<void> {
  await sql.query('DELETE FROM secret WHERE kind = $1 AND owner = $2', [kind, owner]);
}
