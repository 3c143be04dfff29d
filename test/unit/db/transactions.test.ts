import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Database, Transaction } from '../../../src/db/database.ts';
import { openPool } from '../../../src/db/pool.ts';
import { databaseKinds, type FreshDatabase, freshDatabase, freshStore } from '../../support/database.ts';

describe.each(databaseKinds())('a transaction (%s)', (kind) => {
  let database: FreshDatabase;
  let db: Database;
  beforeAll(async () => {
    database = await freshDatabase(kind);
    db = database.db;
    await db.query('CREATE TABLE step (n int PRIMARY KEY)');
  });
  afterAll(() => database.close());

  const steps = async (): Promise<number[]> =>
    (await db.query<{ n: number }>('SELECT n FROM step ORDER BY n')).map(({ n }) => n);
  const insert = (tx: Transaction, n: number): Promise<unknown> => tx.query('INSERT INTO step VALUES ($1)', [n]);
  const last = (tx: Transaction, n: number): Promise<unknown> => tx.commitWith('INSERT INTO step VALUES ($1)', [n]);

  test('of its last statement alone is committed by it', async () => {
    await db.transaction((tx) => last(tx, 1));
    expect(await steps()).toEqual([1]);
    await expect(db.transaction((tx) => last(tx, 1))).rejects.toMatchObject({ code: '23505' });
  });

  test('is committed with its last statement', async () => {
    await db.transaction(async (tx) => {
      await insert(tx, 2);
      await last(tx, 3);
    });
    expect(await steps()).toEqual([1, 2, 3]);
  });

  test('whose last statement fails leaves nothing', async () => {
    const failing = db.transaction(async (tx) => {
      await insert(tx, 4);
      await last(tx, 1);
    });
    await expect(failing).rejects.toMatchObject({ code: '23505' });
    expect(await steps()).toEqual([1, 2, 3]);
  });

  test('that throws leaves nothing', async () => {
    const failing = db.transaction(async (tx) => {
      await insert(tx, 4);
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(await steps()).toEqual([1, 2, 3]);
  });

  test('of one statement is committed or refused by itself when several come together', async () => {
    await db.query('DELETE FROM step WHERE n > 3');
    const all = [10, 11, 1, 12, 13].map((n) => db.transaction((tx) => last(tx, n)));
    const done = await Promise.allSettled(all);
    expect(done.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
    expect(done[2]).toMatchObject({ reason: { code: '23505' } });
    expect(await steps()).toEqual([1, 2, 3, 10, 11, 12, 13]);
    await db.query('DELETE FROM step WHERE n > 3');
  });

  test('sees what it wrote, and nobody else does before it ends', async () => {
    await db.transaction(async (tx) => {
      await insert(tx, 4);
      expect(await tx.query('SELECT n FROM step WHERE n = 4')).toHaveLength(1);
      if (kind === 'server') expect(await steps()).toEqual([1, 2, 3]);
    });
    expect(await steps()).toEqual([1, 2, 3, 4]);
  });
});

const serverTest = process.env.TEST_DATABASE_URL ? test : test.skip;

const ON_DISK = 'SELECT pg_current_wal_flush_lsn() >= $1::pg_lsn AS is';
const WRITE = 'INSERT INTO step VALUES ($1) RETURNING pg_current_wal_insert_lsn()::text AS at';
const UNFLUSHED = `INSERT INTO step SELECT 20 FROM set_config('synchronous_commit', 'off', true)`;
const HOW = `SELECT DISTINCT current_setting('synchronous_commit') AS how`;

describe('a pool of connections', () => {
  serverTest('says that what came together is committed when the disk has it', async () => {
    const store = await freshStore('server');
    const db = await openPool('DATABASE_URL' in store.settings ? store.settings.DATABASE_URL : '', 3);
    await db.query('CREATE TABLE step (n int PRIMARY KEY)');
    // The last one is refused: it is not what the others wait for.
    await db.query('INSERT INTO step VALUES (19)');
    const written = await Promise.allSettled(
      Array.from({ length: 20 }, (_, n) => db.transaction((tx) => tx.commitWith<{ at: string }>(WRITE, [n]))),
    );
    expect(written.filter(({ status }) => status === 'rejected')).toHaveLength(1);
    for (const each of written) {
      if (each.status === 'fulfilled') expect(await db.query(ON_DISK, [each.value[0]?.at])).toEqual([{ is: true }]);
    }
    // Nor is what others wrote told by a transaction that only looked.
    const seen = await db.transaction(async (tx) => {
      await db.query(UNFLUSHED);
      return tx.query<{ at: string }>('SELECT pg_current_wal_insert_lsn()::text AS at');
    });
    expect(await db.query(ON_DISK, [seen[0]?.at])).toEqual([{ is: true }]);
    // No connection is left otherwise than it was.
    const settings = await Promise.all(Array.from({ length: 3 }, () => db.query(HOW)));
    expect(settings.flat()).toEqual([{ how: 'on' }, { how: 'on' }, { how: 'on' }]);
    await db.close();
    await store.remove();
  });

  serverTest('runs many brief statements and transactions beside each other on few connections', async () => {
    const store = await freshStore('server');
    const db = await openPool('DATABASE_URL' in store.settings ? store.settings.DATABASE_URL : '', 2);
    await db.query('CREATE TABLE step (n int PRIMARY KEY)');
    const brief = Array.from({ length: 200 }, (_, n) =>
      db.query<{ n: number }>('SELECT $1::int AS n', [n], { brief: true }),
    );
    const written = Array.from({ length: 50 }, (_, n) =>
      db.transaction(async (tx) => {
        await tx.query('SELECT $1::int', [n]);
        await tx.commitWith('INSERT INTO step VALUES ($1)', [n]);
      }),
    );
    expect((await Promise.all(brief)).map(([row]) => row?.n)).toEqual(Array.from({ length: 200 }, (_, n) => n));
    await Promise.all(written);
    expect(await db.query('SELECT count(*)::int AS count FROM step')).toEqual([{ count: 50 }]);
    await db.close();
    await store.remove();
  });

  serverTest('a brief statement that fails does not harm those it was sent with', async () => {
    const store = await freshStore('server');
    const db = await openPool('DATABASE_URL' in store.settings ? store.settings.DATABASE_URL : '', 1);
    const sent = [1, 0, 2].map((n) => db.query<{ n: number }>('SELECT 10 / $1::int AS n', [n], { brief: true }));
    const said = await Promise.allSettled(sent);
    expect(said.map((each) => (each.status === 'fulfilled' ? each.value[0]?.n : each.reason.code))).toEqual([
      10,
      '22012',
      5,
    ]);
    await db.close();
    await store.remove();
  });

  serverTest('that is closed waits for what is under way', async () => {
    const store = await freshStore('server');
    const db = await openPool('DATABASE_URL' in store.settings ? store.settings.DATABASE_URL : '', 1);
    const slow = db.query('SELECT pg_sleep(0.2), 1 AS one');
    await db.close();
    expect(await slow).toMatchObject([{ one: 1 }]);
    await store.remove();
  });
});
