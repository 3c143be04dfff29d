import { scryptSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readConfig } from '../../../src/config.ts';
import { databaseKinds } from '../../support/database.ts';
import { join, PASSWORD, startPeopleHub } from './people-hub.ts';

describe.each(databaseKinds())('passwords, as they are kept in the %s store', (kind) => {
  let hub: Awaited<ReturnType<typeof startPeopleHub>>;
  beforeAll(async () => {
    hub = await startPeopleHub(kind);
  });
  afterAll(() => hub?.close());

  const kept = async (personId: string): Promise<string> => {
    const sql = 'SELECT password FROM person WHERE id = $1';
    return (await hub.deps.db.query<{ password: string }>(sql, [personId]))[0]?.password ?? '';
  };

  test('are hashes of scrypt, each with a salt of its own, by which nobody finds two that are alike', async () => {
    const [kim, lou] = [
      await join(hub, 'kim@hub.example', ['case-manager']),
      await join(hub, 'lou@hub.example', ['case-manager']),
    ];
    const [first, second] = [await kept(kim.personId), await kept(lou.personId)];
    expect(first).not.toBe(second);
    expect(first).not.toContain(PASSWORD);
    const [name, cost, r, p, salt = '', key = ''] = first.split('$');
    expect([name, cost, r, p, Buffer.from(salt, 'base64').length]).toEqual(['scrypt', '14', '8', '1', 16]);
    const made = scryptSync(PASSWORD, Buffer.from(salt, 'base64'), 32, {
      N: 2 ** 14,
      r: 8,
      p: 1,
      maxmem: 64 * 2 ** 20,
    });
    expect(made.toString('base64')).toBe(key);
  });
});

test('one hash takes 128 MiB of memory where nothing else is set, and cannot be set to less than 16', () => {
  const { PASSWORD_COST } = readConfig({});
  expect((128 * 2 ** PASSWORD_COST * 8) / 2 ** 20).toBe(128);
  expect(() => readConfig({ PASSWORD_COST: '13' })).toThrow(/PASSWORD_COST/);
});
