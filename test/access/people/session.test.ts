import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { databaseKinds } from '../../support/database.ts';
import { type Browser, codeOf, openBrowser } from './browser.ts';
import { join, PASSWORD, signIn, startPeopleHub } from './people-hub.ts';

const MINUTE = 60_000;

describe.each(databaseKinds())('a session in the %s store', (kind) => {
  let hub: Awaited<ReturnType<typeof startPeopleHub>>;
  let email: string;
  let people = 0;
  beforeAll(async () => {
    hub = await startPeopleHub(kind);
  });
  afterAll(() => hub?.close());

  /** Somebody of their own for a test, signed in. */
  const newcomer = (): Promise<Browser> => {
    people += 1;
    email = `ada${people}@hub.example`;
    return join(hub, email, ['administrator', 'case-manager']);
  };

  test('is opened by password, is seen by the API, and ends by signing out', async () => {
    await newcomer();
    const { browser, status } = await signIn(hub, ` ${email.toUpperCase()} `);
    expect(status).toBe(200);
    const body = { resourceType: 'Patient' };
    const { id } = (await browser.send<{ id: string }>('POST', '/fhir/R4/Patient', body)).body;
    for (const path of ['/api/loops', '/fhir/R4/Patient', `/fhir/R4/Patient/${id}`, '/fhir/R4/none']) {
      const { status, headers } = await browser.send('GET', path);
      // Who comes to this browser next does not find it there.
      expect([path, status, headers.get('cache-control')]).toEqual([
        path,
        path.endsWith('none') ? 404 : 200,
        'no-store',
      ]);
    }
    const out = await browser.send('DELETE', '/api/session');
    expect([out.status, out.headers.get('set-cookie')]).toEqual([
      204,
      'careloop=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0',
    ]);
  });

  test('ends as early as the hub is set to', async () => {
    const strict = await startPeopleHub(kind, { SESSION_IDLE_MINUTES: '5', SESSION_HOURS: '1' });
    const browser = await join(strict, 'ada@hub.example', ['case-manager']);
    const { browser: other } = await signIn(strict, 'ada@hub.example');
    const status = async (who: Browser): Promise<number> => (await who.send('GET', '/api/loops')).status;
    const seen: number[] = [];
    for (let minute = 4; minute < 60; minute += 4) {
      strict.clock.advance(4 * MINUTE);
      seen.push(await status(browser));
    }
    expect([new Set(seen), await status(other)]).toEqual([new Set([200]), 401]);
    strict.clock.advance(4 * MINUTE);
    expect(await status(browser)).toBe(401);
    await strict.close();
  });

  test('that ended is refused, and not taken for none', async () => {
    const browser = await newcomer();
    const cookie = browser.cookie();
    await browser.send('DELETE', '/api/session');
    browser.setCookie(cookie);
    for (const path of ['/api/session', '/api/loops', '/fhir/R4/Patient']) {
      const answer = await browser.send('GET', path);
      expect([answer.status, codeOf(answer)]).toEqual([401, 'people.signed-out']);
      browser.setCookie(cookie);
    }
  });

  test.each([
    ['an unknown e-mail address', 'nobody@hub.example', PASSWORD],
    ['a wrong password', undefined, `${PASSWORD}!`],
  ])('is not opened with %s', async (_what, said, password) => {
    await newcomer();
    const answer = await signIn(hub, said ?? email, password);
    expect([answer.status, codeOf(answer), answer.headers.get('set-cookie')]).toEqual([401, 'people.sign-in', null]);
  });

  test('is a new one, whatever cookie was there before (fixation)', async () => {
    await newcomer();
    const browser = openBrowser(hub.url);
    const planted = 'A'.repeat(43);
    browser.setCookie(planted);
    await browser.send('POST', '/api/session', { email, password: PASSWORD });
    expect(browser.cookie()).not.toBe(planted);
    const attacker = openBrowser(hub.url);
    attacker.setCookie(planted);
    expect((await attacker.send('GET', '/api/session')).status).toBe(401);
  });

  test('ends half an hour after it was used last', async () => {
    const browser = await newcomer();
    for (let used = 0; used < 3; used += 1) {
      hub.clock.advance(29 * MINUTE);
      expect((await browser.send('GET', '/api/session')).status).toBe(200);
    }
    hub.clock.advance(30 * MINUTE);
    expect((await browser.send('GET', '/api/session')).status).toBe(401);
  });

  test('ends after twelve hours, however it is used', async () => {
    const browser = await newcomer();
    for (let minutes = 20; minutes < 720; minutes += 20) {
      hub.clock.advance(20 * MINUTE);
      expect((await browser.send('GET', '/api/session')).status).toBe(200);
    }
    hub.clock.advance(20 * MINUTE);
    expect((await browser.send('GET', '/api/session')).status).toBe(401);
  });

  test('is listed with the others of its owner, who ends one of them, or all', async () => {
    const browser = await newcomer();
    const phone = openBrowser(hub.url, 'Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X) Safari/605.1.15');
    await phone.send('POST', '/api/session', { email, password: PASSWORD });
    type List = { sessions: { id: string; userAgent: string; current: boolean }[] };
    const { sessions } = (await browser.send<List>('GET', '/api/sessions')).body;
    expect(sessions.map(({ userAgent, current }) => [userAgent, current]).sort()).toEqual([
      ['Chrome, Linux', true],
      ['Safari, iOS', false],
    ]);
    const other = sessions.find(({ current }) => !current)?.id;
    expect((await browser.send('DELETE', `/api/sessions/${other}`)).status).toBe(204);
    expect((await phone.send('GET', '/api/session')).status).toBe(401);
    expect((await browser.send('DELETE', `/api/sessions/${other}`)).status).toBe(404);
    const { browser: third } = await signIn(hub, email);
    expect((await browser.send('DELETE', '/api/sessions')).status).toBe(204);
    expect((await third.send('GET', '/api/session')).status).toBe(401);
  });

  test('of somebody else cannot be ended', async () => {
    const browser = await newcomer();
    const answer = await browser.send('DELETE', `/api/sessions/${crypto.randomUUID()}`);
    expect([answer.status, codeOf(answer)]).toEqual([404, 'people.no-such-session']);
  });

  describe('changes nothing (cross-site request forgery)', () => {
    const forged: readonly [string, Record<string, string>][] = [
      ['without its token', { 'x-csrf-token': '' }],
      ['with the token of another session', { 'x-csrf-token': 'A'.repeat(43) }],
      ['from a page of another site', { 'sec-fetch-site': 'cross-site' }],
      ['from another site below the same domain', { 'sec-fetch-site': 'same-site' }],
    ];
    test.each(forged)('%s', async (_what, headers) => {
      const browser = await newcomer();
      const organization = { resourceType: 'Organization', name: 'Made up' };
      for (const [method, path, body] of [
        ['DELETE', '/api/sessions', undefined],
        ['POST', '/api/people', {}],
        ['POST', '/fhir/R4/Organization', organization],
      ] as const) {
        const answer = await browser.send(method, path, body, headers);
        expect([answer.status, codeOf(answer)]).toEqual([403, 'people.csrf']);
      }
      expect((await browser.send('POST', '/fhir/R4/Organization', organization)).status).toBe(201);
    });

    test('nor is anybody signed in by a page of another site', async () => {
      await newcomer();
      const said = { email, password: PASSWORD };
      const answer = await openBrowser(hub.url).send('POST', '/api/session', said, { 'sec-fetch-site': 'cross-site' });
      expect([answer.status, codeOf(answer)]).toEqual([403, 'people.csrf']);
    });
  });

  test('is kept only for https, and this very host, where others can reach the hub', async () => {
    const open = await startPeopleHub(kind, { PUBLIC_URL: 'https://hub.example' });
    try {
      await join(open, 'kim@hub.example', ['case-manager']);
      const { headers } = await signIn(open, 'kim@hub.example');
      expect(headers.get('set-cookie')).toMatch(/^__Host-careloop=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Secure$/);
    } finally {
      await open.close();
    }
  });
});
