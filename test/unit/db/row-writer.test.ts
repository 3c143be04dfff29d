import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { insertInto, RowBuffer, RowsRefused, type RowWriter } from '../../../src/db/row-writer.ts';
import { databaseKinds, type FreshDatabase, freshDatabase } from '../../support/database.ts';

interface Parcel {
  id: number;
  label: string | null;
  tags: readonly string[];
  content: unknown;
}

const parcels: RowWriter<Parcel> = insertInto('parcel', { id: 'int', label: 'text', tags: 'text[]', content: 'jsonb' });
const moves = insertInto<{ parcel: number; at: string }>('move', { parcel: 'int', at: 'timestamptz' });
const careful: RowWriter<Parcel> = {
  ...insertInto<Parcel>('parcel', parcels.columns, 'ON CONFLICT DO NOTHING RETURNING 1'),
  name: 'careful',
  mustAffectEach: true,
};
const parcel = (id: number, fields: Partial<Parcel> = {}): Parcel => ({
  id,
  label: null,
  tags: [],
  content: null,
  ...fields,
});

describe.each(databaseKinds())('rows (%s)', (kind) => {
  let database: FreshDatabase;
  beforeAll(async () => {
    database = await freshDatabase(kind);
    await database.db.query('CREATE TABLE parcel (id int PRIMARY KEY, label text, tags text[], content jsonb)');
    await database.db.query('CREATE TABLE move (parcel int, at timestamptz)');
  });
  afterAll(() => database.close());

  /** Writes in a transaction of its own. @returns how many statements it took */
  async function write(fill: (rows: RowBuffer) => void): Promise<number> {
    return database.db.transaction(async (tx) => {
      const rows = new RowBuffer();
      fill(rows);
      let statements = 0;
      await rows.flush((text, values) => {
        statements += 1;
        return tx.query(text, values);
      });
      return statements;
    });
  }

  test.each([1, 2, 3, 4])('of a kind that is usually one are written alike, be they %d', async (count) => {
    const usual: RowWriter<Parcel> = { ...careful, name: 'usual', usuallyOne: true };
    const first = 900_000 + 10 * count;
    const odd = { label: `'"`, tags: ['a,b', ''], content: [null, 1.5] };
    const all = Array.from({ length: count }, (_, at) => parcel(first + at, at % 2 === 0 ? {} : odd));
    const writeAll = (): Promise<number> =>
      write((rows) => {
        for (const each of all) rows.add(usual, each);
      });
    expect(await writeAll()).toBe(1);
    const kept = 'SELECT * FROM parcel WHERE id >= $1 AND id < $1 + 10 ORDER BY id';
    expect(await database.db.query(kept, [first])).toEqual(all);
    await expect(writeAll()).rejects.toBeInstanceOf(RowsRefused);
  });

  test('of several tables are written in one statement, as they are', async () => {
    const odd = parcel(1, {
      label: `it's "quoted", $1 {a,b} \\ \n Åsa 🏠`,
      tags: ['a,b', '"', '', 'null', '\\', '{x}', 'Å 🏠'],
      content: { deep: [1, { x: null }] },
    });
    const statements = await write((rows) => {
      rows.add(parcels, odd);
      rows.add(parcels, parcel(2));
      rows.add(moves, { parcel: 1, at: '2026-03-02T09:00:00.123Z' });
    });
    expect(statements).toBe(1);
    expect(await database.db.query('SELECT * FROM parcel WHERE id < 10 ORDER BY id')).toEqual([odd, parcel(2)]);
    expect(await database.db.query('SELECT * FROM move')).toEqual([
      { parcel: 1, at: new Date('2026-03-02T09:00:00.123Z') },
    ]);
  });

  test('are not written at all when there are none', async () => {
    expect(await write(() => undefined)).toBe(0);
  });

  test('are written once: a second flush has nothing left', async () => {
    await database.db.transaction(async (tx) => {
      const rows = new RowBuffer();
      rows.add(parcels, parcel(10));
      await rows.flush((text, values) => tx.query(text, values));
      await rows.flush((text, values) => tx.query(text, values));
    });
    expect(await database.db.query('SELECT id FROM parcel WHERE id = 10')).toHaveLength(1);
  });

  test('a thousand at once are a thousand rows', async () => {
    await write((rows) => {
      for (let id = 1_000; id < 2_000; id += 1) rows.add(parcels, parcel(id));
    });
    expect(await database.db.query('SELECT count(*)::int AS count FROM parcel WHERE id BETWEEN 1000 AND 1999')).toEqual(
      [{ count: 1_000 }],
    );
  });

  test('that must each change something are not written when one did not: somebody was faster', async () => {
    await write((rows) => rows.add(parcels, parcel(20)));
    const again = write((rows) => {
      rows.add(careful, parcel(20));
      rows.add(careful, parcel(21));
      rows.add(moves, { parcel: 21, at: '2026-03-02T09:00:00Z' });
    });
    await expect(again).rejects.toMatchObject({ name: 'RowsRefused', writer: 'careful' });
    expect(await database.db.query('SELECT 1 FROM parcel WHERE id = 21')).toEqual([]);
    expect(await database.db.query('SELECT 1 FROM move WHERE parcel = 21')).toEqual([]);
    await write((rows) => rows.add(careful, parcel(22)));
    expect(await database.db.query('SELECT id FROM parcel WHERE id = 22')).toHaveLength(1);
  });

  test('that a constraint refuses are named by their writer', async () => {
    const once: RowWriter<Parcel> = { ...parcels, name: 'once', refusedBy: 'parcel_pkey' };
    await write((rows) => rows.add(once, parcel(40)));
    const again = write((rows) => {
      rows.add(moves, { parcel: 40, at: '2026-03-02T09:00:00Z' });
      rows.add(once, parcel(40));
    });
    await expect(again).rejects.toMatchObject({ name: 'RowsRefused', writer: 'once' });
    expect(await database.db.query('SELECT 1 FROM move WHERE parcel = 40')).toEqual([]);
    await expect(write((rows) => rows.add(parcels, parcel(40)))).rejects.toMatchObject({ code: '23505' });
  });

  test('of a transaction that fails leave nothing', async () => {
    const failing = write((rows) => {
      rows.add(moves, { parcel: 77, at: '2026-03-02T09:00:00Z' });
      rows.add(parcels, parcel(30));
      rows.add(parcels, parcel(30));
    });
    await expect(failing).rejects.toMatchObject({ code: '23505' });
    expect(await database.db.query('SELECT 1 FROM move WHERE parcel = 77')).toEqual([]);
    expect(await database.db.query('SELECT 1 FROM parcel WHERE id = 30')).toEqual([]);
  });
});
