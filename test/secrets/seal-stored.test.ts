import { afterEach, describe, expect, test } from '@jest/globals';
import type { Database } from '../../src/db/database.ts';
import { keptHeaders } from '../../src/fhir/sealed-headers/kept.ts';
import { sealStoredHeaders } from '../../src/fhir/sealed-headers/seal-stored.ts';
import { newKey, readKeys } from '../../src/secrets/keys.ts';
import { databaseKinds, type FreshDatabase, freshDatabase } from '../support/database.ts';
import { tablesWith } from './canary.ts';

const keys = readKeys(newKey());
const COUNT = 120;

/** As an older version of the hub stored it, and as the migration finds it. */
async function store(db: Database, table: string, id: string, version: number, header: string[]): Promise<void> {
  const content = `{"resourceType":"Endpoint","id":"${id}","extension":[{"url":"http://x.test","valueDecimal":1.50}],"header":${JSON.stringify(header)}}`;
  await db.query(
    `INSERT INTO ${table} (type, id, version, last_updated, content) VALUES ('Endpoint', $1, $2, now(), $3::json)`,
    [id, version, content],
  );
}

describe.each(databaseKinds())('headers that were stored in plain text (%s)', (kind) => {
  let database: FreshDatabase;
  afterEach(() => database.close());

  test('are sealed when the hub starts, in every version; what else is there stays', async () => {
    database = await freshDatabase(kind);
    const { db } = database;
    for (let at = 0; at < COUNT; at += 1) {
      await store(db, 'resource', `e${at}`, 2, [`Authorization: Bearer canary-now-${at}`]);
      await store(db, 'resource_history', `e${at}`, 1, [`Authorization: Bearer canary-then-${at}`]);
    }
    await db.query(`INSERT INTO headers_to_seal SELECT type, id FROM resource WHERE id LIKE 'e%'`);
    await Promise.all([sealStoredHeaders(db, keys), sealStoredHeaders(db, keys)]);
    expect(await tablesWith(db, 'canary')).toEqual([]);
    expect(await keptHeaders(db, keys, 'Endpoint/e119')).toEqual(['Authorization: Bearer canary-now-119']);
    const [row] = await db.query<{ text: string }>(
      `SELECT content::text AS text FROM resource_version WHERE id = 'e7' AND version = 1`,
    );
    expect(row?.text).toBe(
      '{"resourceType":"Endpoint","id":"e7","extension":[{"url":"http://x.test","valueDecimal":1.50}],"header":["Authorization: ********"]}',
    );
  });

  test('keep a hub without a key from starting: it says what to set', async () => {
    database = await freshDatabase(kind);
    const { db } = database;
    await store(db, 'resource', 'e', 1, ['X: y']);
    await db.query(`INSERT INTO headers_to_seal VALUES ('Endpoint', 'e')`);
    await expect(sealStoredHeaders(db, [])).rejects.toThrow(/no key to seal them with\. Set SECRETS_KEYS/);
    await sealStoredHeaders(db, keys);
    expect(await keptHeaders(db, keys, 'Endpoint/e')).toEqual(['X: y']);
  });
});
