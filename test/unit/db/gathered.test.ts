import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Sql } from '../../../src/db/database.ts';
import { gathered } from '../../../src/db/gathered.ts';
import { databaseKinds, type FreshDatabase, freshDatabase } from '../../support/database.ts';

describe.each(databaseKinds())('a question that is asked several times at once (%s)', (kind) => {
  let database: FreshDatabase;
  let statements = 0;
  let sql: Sql;
  beforeAll(async () => {
    database = await freshDatabase(kind);
    await database.db.query('CREATE TABLE number (n int PRIMARY KEY, name text)');
    await database.db.query(`INSERT INTO number VALUES (0, 'zero'), (1, 'one'), (2, 'two'), (3, 'three')`);
    sql = {
      query: (text, values, how) => {
        statements += 1;
        return database.db.query(text, values, how);
      },
    };
  });
  afterAll(() => database.close());

  const nameOf = gathered<{ n: number }, { name: string }>({
    columns: { n: 'int' },
    select: 'SELECT name FROM number WHERE number.n = r.n',
  });
  const tenthOf = gathered<{ n: number }, { tenth: number }>({
    columns: { n: 'int' },
    select: 'SELECT 10 / number.n AS tenth FROM number WHERE number.n = r.n',
  });

  test('is one statement, and each gets its own answer', async () => {
    statements = 0;
    const names = await Promise.all([3, 1, 7, 1].map(async (n) => (await nameOf(sql, { n }))?.name));
    expect(names).toEqual(['three', 'one', undefined, 'one']);
    expect(statements).toBe(1);
  });

  test('fails for the one only with which something is wrong', async () => {
    const said = await Promise.allSettled([2, 0, 1].map((n) => tenthOf(sql, { n })));
    expect(said).toMatchObject([
      { status: 'fulfilled', value: { tenth: 5 } },
      { status: 'rejected', reason: { code: '22012' } },
      { status: 'fulfilled', value: { tenth: 10 } },
    ]);
  });
});
