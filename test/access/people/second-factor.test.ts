import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { TOTP } from 'otpauth';
import { databaseKinds } from '../../support/database.ts';
import type { Browser } from './browser.ts';
import { codeOf } from './browser.ts';
import { join, PASSWORD, signIn, startPeopleHub } from './people-hub.ts';

const STEP = 30_000;

describe.each(databaseKinds())('a second factor in the %s store', (kind) => {
  let hub: Awaited<ReturnType<typeof startPeopleHub>>;
  let browser: Browser;
  let secret: string;
  let recoveryCodes: string[];
  const email = 'kim@hub.example';
  beforeAll(async () => {
    hub = await startPeopleHub(kind);
    browser = await join(hub, email, ['case-manager']);
  });
  afterAll(() => hub?.close());
  const codeAt = (offset = 0): string =>
    new TOTP({ secret }).generate({ timestamp: hub.clock.now().getTime() + offset });

  test('is offered, and counts once a code of it was said', async () => {
    const { body } = await browser.send<{ secret: string; uri: string }>('POST', '/api/account/second-factor', {
      password: PASSWORD,
    });
    expect(body.uri).toMatch(/^otpauth:\/\/totp\/Careloop:kim%40hub\.example\?issuer=Careloop&secret=[A-Z2-7]{32}&/);
    secret = body.secret;
    expect((await signIn(hub, email)).status).toBe(200);
    const wrong = await browser.send('PUT', '/api/account/second-factor', { code: codeAt(10 * STEP) });
    expect([wrong.status, codeOf(wrong)]).toEqual([422, 'people.second-factor']);
    const right = await browser.send<{ recoveryCodes: string[] }>('PUT', '/api/account/second-factor', {
      code: codeAt(),
    });
    recoveryCodes = right.body.recoveryCodes;
    expect(recoveryCodes).toHaveLength(10);
    for (const code of recoveryCodes) expect(code).toMatch(/^([A-Z2-7]{4}-){3}[A-Z2-7]{4}$/);
    expect((await browser.send('GET', '/api/session')).body).toMatchObject({ secondFactor: true });
  });

  test('is kept so that who has the database alone cannot read it', async () => {
    const [row] = await hub.deps.db.query<{ secrets: string }>(
      'SELECT json_agg(s)::text || (SELECT json_agg(p)::text FROM person p) AS secrets FROM secret s',
    );
    expect(row?.secrets).toContain('second-factor');
    expect(row?.secrets).not.toContain(secret);
  });

  test('is asked for after the right password, and not after a wrong one', async () => {
    const right = await signIn(hub, email);
    expect([right.status, codeOf(right)]).toEqual([401, 'people.second-factor-needed']);
    const wrong = await signIn(hub, email, 'something else altogether');
    expect(codeOf(wrong)).toBe('people.sign-in');
  });

  test('is proved by a code of now, of the step before or after; each is good once', async () => {
    // The code by which it was taken into use was of this step.
    expect(codeOf(await signIn(hub, email, PASSWORD, codeAt()))).toBe('people.sign-in');
    hub.clock.advance(3 * STEP);
    for (const outside of [-2, 2]) {
      expect((await signIn(hub, email, PASSWORD, codeAt(outside * STEP))).status).toBe(401);
    }
    expect((await signIn(hub, email, PASSWORD, codeAt(-STEP))).status).toBe(200);
    const now = codeAt();
    expect((await signIn(hub, email, PASSWORD, now)).status).toBe(200);
    expect(codeOf(await signIn(hub, email, PASSWORD, now))).toBe('people.sign-in');
    // What is older than what was used is no good either.
    expect((await signIn(hub, email, PASSWORD, codeAt(-STEP))).status).toBe(401);
    expect((await signIn(hub, email, PASSWORD, codeAt(STEP))).status).toBe(200);
  });

  test('is used by one of ten who say the same code at once', async () => {
    hub.clock.advance(20 * 60_000);
    const code = codeAt();
    const tries = await Promise.all(Array.from({ length: 5 }, () => signIn(hub, email, PASSWORD, code)));
    expect(tries.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  test('that was lost is stood in for by a recovery code, once', async () => {
    hub.clock.advance(20 * 60_000);
    const [code = ''] = recoveryCodes;
    expect((await signIn(hub, email, PASSWORD, code.toLowerCase().replaceAll('-', ' '))).status).toBe(200);
    expect(codeOf(await signIn(hub, email, PASSWORD, code))).toBe('people.sign-in');
  });

  test('is not to be guessed: five tries, then waiting', async () => {
    hub.clock.advance(20 * 60_000);
    for (let tries = 0; tries < 6; tries += 1) await signIn(hub, email, PASSWORD, 'AAAA-AAAA-AAAA-AAAA');
    hub.clock.advance(10_000);
    expect(codeOf(await signIn(hub, email, PASSWORD, codeAt()))).toBe('people.sign-in');
    hub.clock.advance(20 * 60_000);
    expect((await signIn(hub, email, PASSWORD, codeAt())).status).toBe(200);
  });

  test('is not put in the place of another by a browser that somebody left open', async () => {
    hub.clock.advance(20 * 60_000);
    const { browser: open } = await signIn(hub, email, PASSWORD, codeAt());
    for (const [method, body] of [
      ['POST', { password: PASSWORD }],
      ['PUT', { code: codeAt() }],
    ] as const) {
      const answer = await open.send(method, '/api/account/second-factor', body);
      expect([answer.status, codeOf(answer)]).toEqual([409, 'people.second-factor-there']);
    }
    hub.clock.advance(STEP);
    expect((await signIn(hub, email, PASSWORD, codeAt())).status).toBe(200);
  });

  test('that was offered before another was taken into use does not replace it', async () => {
    const lee = await join(hub, 'lee@hub.example', ['case-manager']);
    const { browser: open } = await signIn(hub, 'lee@hub.example');
    const offer = async (by: Browser): Promise<string> =>
      (await by.send<{ secret: string }>('POST', '/api/account/second-factor', { password: PASSWORD })).body.secret;
    const confirm = (by: Browser, of: string): ReturnType<Browser['send']> =>
      by.send('PUT', '/api/account/second-factor', {
        code: new TOTP({ secret: of }).generate({ timestamp: hub.clock.now().getTime() }),
      });
    const own = await offer(lee);
    const answers = await Promise.all([confirm(lee, own), confirm(open, own)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
  });

  test('is not added by who has but the session of somebody: the password is asked for, and tries are counted', async () => {
    const stolen = await join(hub, 'sam@hub.example', ['case-manager']);
    const path = '/api/account/second-factor';
    expect((await stolen.send('POST', path)).status).toBe(400);
    for (let tries = 0; tries < 6; tries += 1) {
      const guessed = await stolen.send('POST', path, { password: `guess number ${tries}` });
      expect([guessed.status, codeOf(guessed)]).toEqual([422, 'people.wrong-password']);
    }
    // By then not even the right one is good: who guesses waits.
    expect(codeOf(await stolen.send('POST', path, { password: PASSWORD }))).toBe('people.wrong-password');
    const code = new TOTP({ secret }).generate({ timestamp: hub.clock.now().getTime() });
    expect(codeOf(await stolen.send('PUT', path, { code }))).toBe('people.second-factor');
    expect((await stolen.send('GET', '/api/session')).body).toMatchObject({ secondFactor: false });
    hub.clock.advance(20 * 60_000);
    expect((await stolen.send('POST', path, { password: PASSWORD })).status).toBe(200);
  });

  test('is given up with the password only', async () => {
    const { browser: again } = await signIn(hub, email, PASSWORD, recoveryCodes[1]);
    const wrong = await again.send('DELETE', '/api/account/second-factor', { password: 'not my password' });
    expect([wrong.status, codeOf(wrong)]).toEqual([422, 'people.wrong-password']);
    expect((await again.send('DELETE', '/api/account/second-factor', { password: PASSWORD })).status).toBe(204);
    expect((await signIn(hub, email)).status).toBe(200);
    expect(
      await hub.deps.db.query('SELECT 1 FROM recovery_code c JOIN person p ON p.id = c.person_id WHERE p.email = $1', [
        email,
      ]),
    ).toHaveLength(0);
  });
});
