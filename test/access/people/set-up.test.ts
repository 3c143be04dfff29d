import { afterEach, describe, expect, test } from '@jest/globals';
import { newSetUpCode } from '../../../src/access/sign-in/set-up.ts';
import { databaseKinds } from '../../support/database.ts';
import { codeOf, openBrowser } from './browser.ts';
import { PASSWORD, setUp, startPeopleHub } from './people-hub.ts';

describe.each(databaseKinds())('the first person of the %s store', (kind) => {
  let hub: Awaited<ReturnType<typeof startPeopleHub>>;
  afterEach(() => hub?.close());
  const first = { name: 'Ada Admin', email: 'Ada@Hub.example', password: PASSWORD };

  test('is made by the link of the start, and is signed in', async () => {
    hub = await startPeopleHub(kind);
    const browser = openBrowser(hub.url);
    expect((await browser.send('GET', '/api/sign-in')).body).toEqual({ setUp: true, password: true, providers: [] });
    const code = await newSetUpCode(hub.deps.db, hub.deps.now());
    expect(code).toMatch(/^[\w-]{43}$/);
    const { status, body, headers } = await browser.send('POST', '/api/setup', { code, ...first });
    expect({ status, body }).toEqual({
      status: 201,
      body: {
        person: {
          id: expect.any(String),
          name: 'Ada Admin',
          email: 'Ada@Hub.example',
          roles: ['administrator', 'case-manager'],
          organization: { id: 'careloop', name: expect.any(String) },
        },
        csrfToken: expect.any(String),
        secondFactor: false,
        idleUntil: '2026-03-02T09:30:00.000Z',
        endsAt: '2026-03-02T21:00:00.000Z',
      },
    });
    expect(headers.get('set-cookie')).toMatch(/^careloop=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/);
    expect(headers.get('cache-control')).toBe('no-store');
    expect((await browser.send('GET', '/api/session')).body).toEqual(body);
    expect((await browser.send('GET', '/api/sign-in')).body).toMatchObject({ setUp: false });
  });

  test('is one, though twenty use the link at once; afterwards the link is good no more, nor is there a new one', async () => {
    hub = await startPeopleHub(kind);
    const code = await newSetUpCode(hub.deps.db, hub.deps.now());
    const tries = await Promise.all(
      Array.from({ length: 20 }, (_, at) =>
        openBrowser(hub.url).send('POST', '/api/setup', { ...first, code, email: `ada${at}@hub.example` }),
      ),
    );
    expect(tries.filter(({ status }) => status === 201)).toHaveLength(1);
    const others = new Set(tries.filter(({ status }) => status !== 201).map(codeOf));
    expect([...others]).toEqual(['people.set-up-link']);
    expect(await hub.deps.db.query('SELECT 1 FROM person')).toHaveLength(1);
    expect(await newSetUpCode(hub.deps.db, hub.deps.now())).toBeUndefined();
  });

  test('cannot be made by the link of an earlier start, nor by a guess', async () => {
    hub = await startPeopleHub(kind);
    const earlier = await newSetUpCode(hub.deps.db, hub.deps.now());
    await newSetUpCode(hub.deps.db, hub.deps.now());
    const browser = openBrowser(hub.url);
    for (const code of [earlier, 'guess', 'A'.repeat(43)]) {
      const answer = await browser.send('POST', '/api/setup', { code, ...first });
      expect([answer.status, codeOf(answer)]).toEqual([403, 'people.set-up-link']);
    }
  });

  test.each([
    ['too short', 'short words'],
    ['their name', 'Ada    Admin'],
    ['their e-mail address', 'ADA@hub.example'],
    ['one character', 'aaaaaaaaaaaaaaaa'],
    ['too long', 'é '.repeat(400)],
  ])('cannot take a password that is %s', async (_what, password) => {
    hub = await startPeopleHub(kind);
    const code = await newSetUpCode(hub.deps.db, hub.deps.now());
    const said = { ...first, name: 'Ada    Admin', code, password };
    const answer = await openBrowser(hub.url).send('POST', '/api/setup', said);
    expect([answer.status, codeOf(answer)]).toEqual([422, 'people.password']);
  });

  test('neither link, password nor cookie can be read in the database', async () => {
    hub = await startPeopleHub(kind);
    const code = (await newSetUpCode(hub.deps.db, hub.deps.now())) ?? '';
    const before = await dump();
    const browser = await setUp(hub);
    const kept = before + (await dump());
    for (const secret of [code, PASSWORD, browser.cookie() ?? '', browser.csrfToken() ?? '']) {
      expect(secret.length).toBeGreaterThan(10);
      expect(kept.includes(secret)).toBe(false);
    }
  });

  async function dump(): Promise<string> {
    const tables = ['person', 'session', 'set_up_link', 'invitation', 'audit', 'sign_in_tries'];
    const rows = await Promise.all(tables.map((table) => hub.deps.db.query(`SELECT t::text FROM ${table} t`)));
    return JSON.stringify(rows);
  }
});
