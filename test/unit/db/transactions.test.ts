import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Database, Transaction } from '../../../src/db/database.ts';
import { openPool } from '../../../src/db/pool.ts';
import { insertInto, RowBuffer, type RowWriter } from '../../../src/db/row-writer.ts';
import { databaseKinds, type FreshDatabase, freshDatabase, freshStore } from '../../support/database.ts';
import { eventually } from '../../support/eventually.ts';

const steps = insertInto<{ n: number }>('step', { n: 'int' });

function step(n: number, writer: RowWriter<{ n: number }> = steps): RowBuffer {
  const rows = new RowBuffer();
  rows.add(writer, { n });
  return rows;
}

describe.each(databaseKinds())('a transaction (%s)', (kind) => {
  let database: FreshDatabase;
  let db: Database;
  beforeAll(async () => {
    database = await freshDatabase(kind);
    db = database.db;
    await db.query('CREATE TABLE step (n int PRIMARY KEY)');
  });
  afterAll(() => database.close());

  const written = async (): Promise<number[]> =>
    (await db.query<{ n: number }>('SELECT n FROM step ORDER BY n')).map(({ n }) => n);
  const insert = (tx: Transaction, n: number): Promise<unknown> => tx.query('INSERT INTO step VALUES ($1)', [n]);
  const last = (tx: Transaction, n: number): Promise<unknown> => tx.commitWith(step(n));

  test('of its last statement alone is committed by it', async () => {
    await db.transaction((tx) => last(tx, 1));
    expect(await written()).toEqual([1]);
    await expect(db.transaction((tx) => last(tx, 1))).rejects.toMatchObject({ code: '23505' });
  });

  test('is committed with its last statement', async () => {
    await db.transaction(async (tx) => {
      await insert(tx, 2);
      await last(tx, 3);
    });
    expect(await written()).toEqual([1, 2, 3]);
  });

  test('whose last statement fails leaves nothing', async () => {
    const failing = db.transaction(async (tx) => {
      await insert(tx, 4);
      await last(tx, 1);
    });
    await expect(failing).rejects.toMatchObject({ code: '23505' });
    expect(await written()).toEqual([1, 2, 3]);
  });

  test('that throws leaves nothing', async () => {
    const failing = db.transaction(async (tx) => {
      await insert(tx, 4);
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(await written()).toEqual([1, 2, 3]);
  });

  test('of one statement is committed or refused by itself when several come together', async () => {
    await db.query('DELETE FROM step WHERE n > 3');
    const all = [10, 11, 1, 12, 13].map((n) => db.transaction((tx) => last(tx, n)));
    const done = await Promise.allSettled(all);
    expect(done.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
    expect(done[2]).toMatchObject({ reason: { code: '23505' } });
    expect(await written()).toEqual([1, 2, 3, 10, 11, 12, 13]);
    await db.query('DELETE FROM step WHERE n > 3');
  });

  test('sees what it wrote, and nobody else does before it ends', async () => {
    await db.transaction(async (tx) => {
      await insert(tx, 4);
      expect(await tx.query('SELECT n FROM step WHERE n = 4')).toHaveLength(1);
      if (kind === 'server') expect(await written()).toEqual([1, 2, 3]);
    });
    expect(await written()).toEqual([1, 2, 3, 4]);
  });
});

const serverTest = process.env.TEST_DATABASE_URL ? test : test.skip;

const ON_DISK = 'SELECT DISTINCT pg_current_wal_flush_lsn() >= at::pg_lsn AS is FROM step WHERE n > 0';
const placed: RowWriter<{ n: number }> = {
  ...steps,
  statement: (rows) => `INSERT INTO step SELECT n, pg_current_wal_insert_lsn()::text FROM ${rows}`,
};
const dying: RowWriter<{ n: number }> = {
  ...steps,
  name: 'dying',
  mustAffectEach: true,
  statement: (rows) => `SELECT pg_terminate_backend(pg_backend_pid()) FROM ${rows}`,
};

describe('a pool of connections', () => {
  serverTest('says that what came together is committed when the disk has it', async () => {
    const store = await freshStore('server');
    const db = await openPool('DATABASE_URL' in store.settings ? store.settings.DATABASE_URL : '', 3);
    await db.query('CREATE TABLE step (n int PRIMARY KEY, at text)');
    await db.query('INSERT INTO step VALUES (0)');
    // The first one is refused: the others are written all the same, each once.
    const done = await Promise.allSettled(
      Array.from({ length: 20 }, (_, n) => db.transaction((tx) => tx.commitWith(step(n, placed)))),
    );
    expect(done.map(({ status }) => status)).toEqual(['rejected', ...Array(19).fill('fulfilled')]);
    expect(await db.query('SELECT count(*)::int AS count FROM step')).toEqual([{ count: 20 }]);
    expect(await db.query(ON_DISK)).toEqual([{ is: true }]);
    await db.close();
    await store.remove();
  });

  serverTest('does not try again what was lost with its connection: it may have been committed', async () => {
    const store = await freshStore('server');
    const db = await openPool('DATABASE_URL' in store.settings ? store.settings.DATABASE_URL : '', 3);
    await db.query('CREATE TABLE step (n int PRIMARY KEY)');
    const done = await Promise.allSettled([
      db.transaction((tx) => tx.commitWith(step(1))),
      db.transaction((tx) => tx.commitWith(step(2, dying))),
    ]);
    expect(done.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    // The pool may not know of the loss yet.
    await eventually(() => db.query('SELECT 1'));
    expect(await db.query('SELECT n FROM step')).toEqual([]);
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
        await tx.commitWith(step(n));
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
