import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Sql } from '../../../src/db/database.ts';
import { gathered } from '../../../src/db/gathered.ts';
import { databaseKinds, type FreshDatabase, freshDatabase } from '../../support/database.ts';

const NOW = new Date('2026-03-02T10:00:00Z');

describe.each(databaseKinds())('a question that is asked several times at once (%s)', (kind) => {
  let database: FreshDatabase;
  let statements = 0;
  let sql: Sql;
  beforeAll(async () => {
    database = await freshDatabase(kind);
    await database.db.query('CREATE TABLE number (n int PRIMARY KEY, name text)');
    await database.db.query(`INSERT INTO number VALUES (0, 'zero'), (1, 'one'), (2, 'two'), (3, 'three')`);
    await database.db.query('CREATE TABLE note (who text, name text NOT NULL, tenth int, at timestamptz)');
    sql = {
      query: (text, values, how) => {
        statements += 1;
        return database.db.query(text, values, how);
      },
    };
  });
  afterAll(() => database.close());

  const nameOf = gathered<{ n: number }, { name: string }, { least: number }>({
    columns: { n: 'int' },
    common: { least: 'int' },
    select: 'SELECT name FROM number WHERE number.n = r.n AND number.n >= c.least',
  });
  const tenthOf = gathered<{ n: number }, { tenth: number }, object>({
    columns: { n: 'int' },
    common: {},
    select: 'SELECT 10 / number.n AS tenth FROM number WHERE number.n = r.n',
  });

  const notedNameOf = gathered<{ n: number }, { name: string }, { who: string | undefined }>({
    columns: { n: 'int' },
    common: { who: 'text' },
    select: `SELECT name, 10 / number.n AS tenth FROM number WHERE number.n = r.n AND c.who IS DISTINCT FROM 'nobody'`,
    note: {
      insert: `INSERT INTO note SELECT coalesce(who, 'someone'), name, tenth, at FROM found`,
      answer: 'name',
      now: () => NOW,
    },
  });
  const notes = async (): Promise<string[]> => {
    const rows = await database.db.query<{ said: string }>(
      `SELECT who || ' ' || name || ' ' || tenth AS said FROM note WHERE at = $1 ORDER BY said`,
      [NOW],
    );
    await database.db.query('DELETE FROM note');
    return rows.map(({ said }) => said);
  };

  test('is one statement, and each gets its own answer', async () => {
    statements = 0;
    const names = await Promise.all([3, 1, 7, 1].map(async (n) => (await nameOf(sql, { n }, { least: 0 }))?.name));
    expect(names).toEqual(['three', 'one', undefined, 'one']);
    expect(statements).toBe(1);
  });

  test('is one statement for those too who have not the same in common, each with its own', async () => {
    statements = 0;
    const asked = [0, 2, 0, 3, 2].map(async (least) => (await nameOf(sql, { n: 2 }, { least }))?.name);
    expect(await Promise.all(asked)).toEqual(['two', 'two', 'two', undefined, 'two']);
    expect(statements).toBe(1);
  });

  test('fails for the one only with which something is wrong', async () => {
    const said = await Promise.allSettled([2, 0, 1].map((n) => tenthOf(sql, { n }, {})));
    expect(said).toMatchObject([
      { status: 'fulfilled', value: { tenth: 5 } },
      { status: 'rejected', reason: { code: '22012' } },
      { status: 'fulfilled', value: { tenth: 10 } },
    ]);
  });

  test('is noted in the statement that answers it, and not where there is no answer', async () => {
    statements = 0;
    const asked = [3, 1, 7, 1].map((n, at) => notedNameOf(sql, { n }, { who: `p${at}` }));
    expect(await Promise.all(asked)).toMatchObject([{ name: 'three' }, { name: 'one' }, undefined, { name: 'one' }]);
    expect(statements).toBe(1);
    expect(await notes()).toEqual(['p0 three 3', 'p1 one 10', 'p3 one 10']);
  });

  test('is noted for whom it was answered, also where nobody is named', async () => {
    const asked = ['ann', undefined, 'nobody', 'ann', undefined].map((who) => notedNameOf(sql, { n: 2 }, { who }));
    const two = { name: 'two' };
    expect(await Promise.all(asked)).toMatchObject([two, two, undefined, two, two]);
    expect(await notes()).toEqual(['ann two 5', 'ann two 5', 'someone two 5', 'someone two 5']);
  });

  test('is not noted where it fails, and the others are', async () => {
    const said = await Promise.allSettled([2, 0, 1].map((n, at) => notedNameOf(sql, { n }, { who: `p${at}` })));
    expect(said.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(await notes()).toEqual(['p0 two 5', 'p2 one 10']);
  });

  test('is answered and noted once, however many ask', async () => {
    statements = 0;
    const many = Array.from({ length: 100 }, (_, at) => notedNameOf(sql, { n: 1 + (at % 3) }, { who: `p${at}` }));
    expect((await Promise.all(many)).every((answer) => answer !== undefined)).toBe(true);
    expect(statements).toBeLessThan(10);
    expect(await notes()).toHaveLength(100);
  });
});
