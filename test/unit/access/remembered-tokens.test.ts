import { expect, test } from '@jest/globals';
import { callersOfTokens, REMEMBERED_MS } from '../../../src/access/remembered-tokens.ts';
import type { Sql } from '../../../src/db/database.ts';

const START = new Date('2026-03-02T09:00:00Z').getTime();
const after = (ms: number): Date => new Date(START + ms);

/** A database in which one token is good, until it is revoked. */
function tokens(expiresAt = after(3_600_000)): { sql: Sql; asked: () => number; revoke: () => void } {
  let asked = 0;
  let rows: object[] = [{ client_id: 'c', organization_id: 'o', expires_at: expiresAt }];
  const sql: Sql = {
    query: async <Row>() => {
      asked += 1;
      return rows as Row[];
    },
  };
  return {
    sql,
    asked: () => asked,
    revoke: () => {
      rows = [];
    },
  };
}

const caller = { kind: 'client', organizationId: 'o', clientId: 'c' };

test('a program that calls again is not looked up again', async () => {
  const { sql, asked } = tokens();
  const callerOf = callersOfTokens(sql);
  expect(await callerOf('good', after(0))).toEqual(caller);
  expect(await callerOf('good', after(REMEMBERED_MS - 1))).toEqual(caller);
  expect(asked()).toBe(1);
});

test('a revoked token is refused once it is looked up again', async () => {
  const { sql, revoke } = tokens();
  const callerOf = callersOfTokens(sql);
  await callerOf('good', after(0));
  revoke();
  expect(await callerOf('good', after(REMEMBERED_MS))).toBeUndefined();
  expect(await callerOf('good', after(REMEMBERED_MS + 1))).toBeUndefined();
});

test('a token that expires is refused at once', async () => {
  const { sql, revoke } = tokens(after(1_000));
  const callerOf = callersOfTokens(sql);
  await callerOf('good', after(0));
  revoke();
  expect(await callerOf('good', after(999))).toEqual(caller);
  expect(await callerOf('good', after(1_000))).toBeUndefined();
});

test('a token that is not known is asked for each time', async () => {
  const { sql, asked, revoke } = tokens();
  revoke();
  const callerOf = callersOfTokens(sql);
  await callerOf('bad', after(0));
  await callerOf('bad', after(1));
  expect(asked()).toBe(2);
});
