import { expect, test } from '@jest/globals';
import { REMEMBERED_MS, rememberTokens } from '../../../src/access/remembered-tokens.ts';
import type { Database } from '../../../src/db/database.ts';

const START = new Date('2026-03-02T09:00:00Z').getTime();
const after = (ms: number): Date => new Date(START + ms);

interface Tokens {
  readonly db: Pick<Database, 'query' | 'listen'>;
  asked(): number;
  /** Takes the token's row away; nobody is told. */
  revoke(): void;
  announce(): void;
  /** The connection on which announcements come is lost, or back. */
  hearing(isHeard: boolean): void;
  /** What happens while the database answers. */
  meanwhile: () => void;
}

/** A database in which one token is good, until it is revoked. */
function tokens({ expiresAt = after(3_600_000), listens = true } = {}): Tokens {
  let asked = 0;
  let rows: object[] = [{ client_id: 'c', organization_id: 'o', scopes: null, expires_at: expiresAt }];
  let heard: (payload: string) => void = () => undefined;
  let hearing: (isHeard: boolean) => void = () => undefined;
  const made: Tokens = {
    db: {
      query: async <Row>() => {
        asked += 1;
        const found = rows;
        made.meanwhile();
        return found as Row[];
      },
      listen: async (_channel, onNotify, onHearing = () => undefined) => {
        if (!listens) throw new Error('The database does not answer.');
        [heard, hearing] = [onNotify, onHearing];
        onHearing(true);
        return async () => undefined;
      },
    },
    asked: () => asked,
    revoke: () => {
      rows = [];
    },
    announce: () => heard(''),
    hearing: (isHeard) => hearing(isHeard),
    meanwhile: () => undefined,
  };
  return made;
}

const caller = { kind: 'client', organizationId: 'o', clientId: 'c' };

test('a program that calls again is not looked up again', async () => {
  const { db, asked } = tokens();
  const { callerOf } = rememberTokens(db);
  expect(await callerOf('good', after(0))).toEqual(caller);
  expect(await callerOf('good', after(REMEMBERED_MS - 1))).toEqual(caller);
  expect(asked()).toBe(1);
});

test('a token whose revocation is announced is refused at once', async () => {
  const { db, revoke, announce } = tokens();
  const { callerOf } = rememberTokens(db);
  await callerOf('good', after(0));
  revoke();
  announce();
  expect(await callerOf('good', after(0))).toBeUndefined();
});

test('whoever revokes a token in this process has it refused at once', async () => {
  const { db, revoke } = tokens();
  const { callerOf, forget } = rememberTokens(db);
  await callerOf('good', after(0));
  revoke();
  forget();
  expect(await callerOf('good', after(0))).toBeUndefined();
});

test('a token that is revoked while it is read is not remembered', async () => {
  const hub = tokens();
  const { callerOf } = rememberTokens(hub.db);
  hub.meanwhile = () => {
    hub.revoke();
    hub.announce();
  };
  await callerOf('good', after(0));
  expect(await callerOf('good', after(0))).toBeUndefined();
});

test('nothing is remembered while announcements are not heard', async () => {
  const { db, asked, revoke, hearing } = tokens();
  const { callerOf } = rememberTokens(db);
  await callerOf('good', after(0));
  hearing(false);
  for (const ms of [1, 2]) expect(await callerOf('good', after(ms))).toEqual(caller);
  expect(asked()).toBe(3);
  revoke();
  expect(await callerOf('good', after(3))).toBeUndefined();
});

test('what was remembered before announcements were lost is not believed when they are back', async () => {
  const { db, revoke, hearing } = tokens();
  const { callerOf } = rememberTokens(db);
  await callerOf('good', after(0));
  hearing(false);
  revoke();
  hearing(true);
  expect(await callerOf('good', after(1))).toBeUndefined();
});

test('nothing is remembered where the database cannot be listened to', async () => {
  const { db, asked } = tokens({ listens: false });
  const { callerOf } = rememberTokens(db);
  for (const ms of [0, 1, 2]) expect(await callerOf('good', after(ms))).toEqual(caller);
  expect(asked()).toBe(3);
});

test('a token whose revocation nobody heard of is refused once it is looked up again', async () => {
  const { db, revoke } = tokens();
  const { callerOf } = rememberTokens(db);
  await callerOf('good', after(0));
  revoke();
  expect(await callerOf('good', after(REMEMBERED_MS))).toBeUndefined();
  expect(await callerOf('good', after(REMEMBERED_MS + 1))).toBeUndefined();
});

test('a token that expires is refused at once', async () => {
  const { db, revoke } = tokens({ expiresAt: after(1_000) });
  const { callerOf } = rememberTokens(db);
  await callerOf('good', after(0));
  revoke();
  expect(await callerOf('good', after(999))).toEqual(caller);
  expect(await callerOf('good', after(1_000))).toBeUndefined();
});

test('a token that is not known is asked for each time', async () => {
  const { db, asked, revoke } = tokens();
  revoke();
  const { callerOf } = rememberTokens(db);
  await callerOf('bad', after(0));
  await callerOf('bad', after(1));
  expect(asked()).toBe(2);
});
