import { afterEach, describe, expect, test } from '@jest/globals';
import { passwordHasher } from '../../../src/access/sign-in/password-hash.ts';
import { newSetUpCode } from '../../../src/access/sign-in/set-up.ts';
import { waitAfter } from '../../../src/access/sign-in/tries.ts';
import { databaseKinds } from '../../support/database.ts';
import { codeOf, openBrowser } from './browser.ts';
import { join, PASSWORD, setUp, signIn, startPeopleHub } from './people-hub.ts';

const MINUTE = 60_000;

test('waits double, up to the longest', () => {
  const policy = { free: 3, firstMs: 10, longestMs: 50 };
  expect([1, 2, 3, 4, 5, 6, 60].map((times) => waitAfter(times, policy))).toEqual([0, 0, 10, 20, 40, 50, 50]);
});

describe.each(databaseKinds())('tries to sign in that fail, in the %s store', (kind) => {
  let hub: Awaited<ReturnType<typeof startPeopleHub>>;
  afterEach(() => hub?.close());
  const email = 'ada@hub.example';
  const from = (address: string): Record<string, string> => ({ 'x-forwarded-for': address });
  const tryFrom = (address: string, said: object): ReturnType<ReturnType<typeof openBrowser>['send']> =>
    openBrowser(hub.url).send('POST', '/api/session', { email, password: PASSWORD, ...said }, from(address));

  test('are slowed down after five; the right password does not help then, and no answer tells', async () => {
    hub = await startPeopleHub(kind);
    await setUp(hub);
    const answers = [];
    for (let tries = 0; tries < 7; tries += 1) answers.push(await signIn(hub, email, 'wrong password'));
    const right = await signIn(hub, email);
    const unknown = await signIn(hub, 'nobody@hub.example');
    const told = [...answers, right, unknown].map(({ status, body }) => JSON.stringify([status, body]));
    expect(new Set(told).size).toBe(1);
    hub.clock.advance(MINUTE);
    expect((await signIn(hub, email)).status).toBe(200);
    // What went right is the end of it.
    for (let tries = 0; tries < 4; tries += 1) await signIn(hub, email, 'wrong password');
    expect((await signIn(hub, email)).status).toBe(200);
  });

  test('are counted when they come at once', async () => {
    hub = await startPeopleHub(kind);
    await setUp(hub);
    const guesses = Array.from({ length: 12 }, (_, at) => (at === 11 ? PASSWORD : `wrong password ${at}`));
    await Promise.all(guesses.slice(0, 11).map((password) => signIn(hub, email, password)));
    expect((await signIn(hub, email, guesses[11])).status).toBe(401);
    const [{ times } = { times: 0 }] = await hub.deps.db.query<{ times: number }>(
      'SELECT min(times) AS times FROM sign_in_tries',
    );
    expect(times).toBe(5);
  });

  test('from elsewhere do not keep the owner out, however long they go on', async () => {
    hub = await startPeopleHub(kind, { TRUSTED_PROXIES: 'loopback' });
    await setUp(hub);
    for (let tries = 0; tries < 20; tries += 1) {
      hub.clock.advance(5 * MINUTE);
      await tryFrom('198.51.100.7', { password: 'wrong password' });
    }
    expect((await tryFrom('198.51.100.7', {})).status).toBe(401);
    expect((await tryFrom('203.0.113.9', {})).status).toBe(200);
  });

  test('of many accounts from one address are slowed down too, and say so', async () => {
    hub = await startPeopleHub(kind, { TRUSTED_PROXIES: 'loopback' });
    await setUp(hub);
    const answers = [];
    for (let tries = 0; tries < 52; tries += 1) {
      answers.push(await tryFrom('198.51.100.7', { email: `guess${tries}@hub.example` }));
    }
    expect(answers.slice(0, 50).map(({ status }) => status)).toEqual(Array(50).fill(401));
    expect(answers.slice(50).map((answer) => [answer.status, codeOf(answer)])).toEqual(
      Array(2).fill([429, 'people.too-many-tries']),
    );
    expect((await tryFrom('203.0.113.9', {})).status).toBe(200);
  }, 60_000);

  test('of one network are counted together, whichever of its IPv6 addresses they come from', async () => {
    hub = await startPeopleHub(kind, { TRUSTED_PROXIES: 'loopback' });
    await setUp(hub);
    for (let tries = 0; tries < 6; tries += 1) {
      await tryFrom(`2001:db8:0:1::${tries + 1}`, { password: 'wrong password' });
    }
    expect((await tryFrom('2001:db8:0:1:ffff::7', {})).status).toBe(401);
    expect((await tryFrom('2001:db8:0:2::1', {})).status).toBe(200);
  });

  test('take the same work for an address that nobody has: they wait in the same line', async () => {
    hub = await startPeopleHub(kind);
    const { hash, verify } = hub.deps.passwords;
    const kept = await hash(PASSWORD);
    for (const known of [kept, undefined]) {
      // Two are at it and thirty wait; the next is asked to come again.
      const all = await Promise.allSettled(Array.from({ length: 33 }, () => verify(PASSWORD, known)));
      const [refused, ...others] = all.filter(({ status }) => status === 'rejected');
      expect([refused, others]).toMatchObject([{ reason: { code: 'people.busy' } }, []]);
      const found = all.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
      expect(new Set(found)).toEqual(new Set([known !== undefined]));
    }
  });

  test('are not made for who has no invitation taken, or is not active any more', async () => {
    hub = await startPeopleHub(kind);
    const admin = await setUp(hub);
    const { personId } = await join(hub, 'kim@hub.example', ['case-manager']);
    expect((await admin.send('PATCH', `/api/people/${personId}`, { active: false })).status).toBe(200);
    expect(codeOf(await signIn(hub, 'kim@hub.example'))).toBe('people.sign-in');
    const body = { name: 'Lou', email: 'lou@hub.example', organizationId: 'careloop', roles: ['auditor'] };
    expect((await admin.send('POST', '/api/people', body)).status).toBe(201);
    expect(codeOf(await signIn(hub, 'lou@hub.example'))).toBe('people.sign-in');
    expect(await newSetUpCode(hub.deps.db, hub.deps.now())).toBeUndefined();
  });

  test('with a hash of less work: it is made anew when its owner signs in', async () => {
    hub = await startPeopleHub(kind);
    await setUp(hub);
    const { db } = hub.deps;
    await db.query('UPDATE person SET password = $1', [await passwordHasher(12).hash(PASSWORD)]);
    expect((await signIn(hub, email)).status).toBe(200);
    const [row] = await db.query<{ password: string }>('SELECT password FROM person');
    expect(row?.password).toMatch(/^scrypt\$14\$8\$1\$/);
    expect((await signIn(hub, email)).status).toBe(200);
  });
});
