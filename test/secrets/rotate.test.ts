import { afterEach, describe, expect, test } from '@jest/globals';
import type { Database } from '../../src/db/database.ts';
import { newKey, readKeys } from '../../src/secrets/keys.ts';
import { checkSecrets, lacksKey, rotateSecrets } from '../../src/secrets/rotate.ts';
import { keepSecret, readSecret } from '../../src/secrets/store.ts';
import { databaseKinds, type FreshDatabase, freshDatabase } from '../support/database.ts';

const [one, two] = [newKey(), newKey()];
const before = readKeys(one);
const during = readKeys(`${two},${one}`);
const after = readKeys(two);
const COUNT = 250;

describe.each(databaseKinds())('secrets are sealed by a new key (%s)', (kind) => {
  let database: FreshDatabase;
  afterEach(() => database.close());

  const secretOf = (at: number): { kind: string; owner: string } => ({ kind: 'header', owner: `Endpoint/${at}` });
  const fill = async (db: Database): Promise<void> => {
    for (let at = 0; at < COUNT; at += 1) await keepSecret(db, before, secretOf(at), `secret ${at}`);
  };

  test('while others keep new ones, and the old key is needed no more', async () => {
    database = await freshDatabase(kind);
    const { db } = database;
    await fill(db);
    const [{ resealed }] = await Promise.all([
      rotateSecrets(db, during),
      keepSecret(db, during, secretOf(0), 'changed meanwhile'),
    ]);
    expect(resealed).toBeGreaterThanOrEqual(COUNT - 1);
    expect(await checkSecrets(db, after)).toEqual({ byKey: new Map([[after[0]?.id, COUNT]]), notOpened: [] });
    expect(await readSecret(db, after, secretOf(0))).toBe('changed meanwhile');
    expect(await readSecret(db, after, secretOf(249))).toBe('secret 249');
    expect(await lacksKey(db, before)).toBe(true);
    expect(await lacksKey(db, after)).toBe(false);
  });

  test('again after it was ended in the middle', async () => {
    database = await freshDatabase(kind);
    const { db } = database;
    await fill(db);
    let batches = 0;
    const mortal: Database = {
      ...db,
      transaction: (work) => {
        batches += 1;
        if (batches > 2) throw new Error('ended');
        return db.transaction(work);
      },
    };
    await expect(rotateSecrets(mortal, during)).rejects.toThrow('ended');
    expect((await checkSecrets(db, during)).byKey.size).toBe(2);
    expect(await rotateSecrets(db, during)).toEqual({ resealed: 50, notOpened: [] });
    expect((await checkSecrets(db, during)).byKey.size).toBe(1);
  });

  test('but for what was moved to another row: that is said, and left as it is', async () => {
    database = await freshDatabase(kind);
    const { db } = database;
    await keepSecret(db, before, secretOf(1), 'mine');
    await db.query(`INSERT INTO secret (kind, owner, sealed) SELECT kind, 'Endpoint/2', sealed FROM secret`);
    expect(await rotateSecrets(db, during)).toEqual({ resealed: 1, notOpened: [secretOf(2)] });
    expect((await checkSecrets(db, during)).notOpened).toEqual([secretOf(2)]);
    await expect(readSecret(db, during, secretOf(2))).rejects.toThrow('it was changed, moved, or sealed by another');
  });
});
