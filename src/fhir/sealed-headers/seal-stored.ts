import type { Resource } from '@medplum/fhirtypes';
import type { Database, Sql } from '../../db/database.ts';
import type { SecretKeys } from '../../secrets/keys.ts';
import { jsonText } from '../json-text.ts';
import { keyOf } from '../store/required.ts';
import { keepHeaders } from './kept.ts';
import { headersIn, withoutHeaders } from './within.ts';

const BATCH = 50;

interface Unsealed {
  readonly type: string;
  readonly id: string;
}

/**
 * Seals the headers of resources that were stored before headers were sealed, in all their versions. Several processes
 * may do so at once; ended in the middle, it goes on the next time.
 * @throws Error in a sentence when there are such, and no key
 */
export async function sealStoredHeaders(db: Database, keys: SecretKeys): Promise<void> {
  while (await db.transaction((tx) => sealBatch(tx, keys)));
}

/** @returns whether there may be more */
async function sealBatch(tx: Sql, keys: SecretKeys): Promise<boolean> {
  const rows = await tx.query<Unsealed>(
    `DELETE FROM headers_to_seal WHERE (type, id) IN (SELECT type, id FROM headers_to_seal ORDER BY type, id LIMIT ${BATCH} FOR UPDATE)
     RETURNING type, id`,
  );
  if (rows.length > 0 && keys.length === 0) throw new Error(NO_KEY);
  for (const row of rows) await sealOne(tx, keys, row);
  return rows.length > 0;
}

const NO_KEY =
  'This store holds headers of Endpoints and Subscriptions (they may be credentials) in plain text, and the hub has no key to seal them with. Set SECRETS_KEYS (`npx careloop secrets new-key` makes one) and start it again.';

async function sealOne(tx: Sql, keys: SecretKeys, { type, id }: Unsealed): Promise<void> {
  const [standing] = await tx.query<{ content: Resource | null }>(
    'SELECT content FROM resource WHERE type = $1 AND id = $2 FOR NO KEY UPDATE',
    [type, id],
  );
  const { headers } = headersIn(standing?.content ?? undefined) ?? {};
  if (headers) await keepHeaders(tx, keys, keyOf(type, id), headers);
  if (standing?.content) {
    await tx.query('UPDATE resource SET content = $3::json WHERE type = $1 AND id = $2', [
      type,
      id,
      jsonText(withoutHeaders(standing.content)),
    ]);
  }
  const versions = await tx.query<{ version: number; content: Resource }>(
    'SELECT version, content FROM resource_history WHERE type = $1 AND id = $2 AND content IS NOT NULL',
    [type, id],
  );
  for (const { version, content } of versions) {
    await tx.query('UPDATE resource_history SET content = $4::json WHERE type = $1 AND id = $2 AND version = $3', [
      type,
      id,
      version,
      jsonText(withoutHeaders(content)),
    ]);
  }
}
