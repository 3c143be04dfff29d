import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Organization } from '@medplum/fhirtypes';
import { call } from '../../support/api.ts';
import { databaseKinds } from '../../support/database.ts';
import { freePort } from '../../support/free-port.ts';
import { startProvider, type TestProvider } from '../../support/identity-provider.ts';
import { type Browser, codeOf, openBrowser } from './browser.ts';
import { join, setUp, startPeopleHub } from './people-hub.ts';
import { openWanderer, type Wanderer } from './wanderer.ts';

const SECRETS_KEYS = `test:${Buffer.alloc(32, 7).toString('base64')}`;

describe.each(databaseKinds())('signing in at an identity provider (%s)', (kind) => {
  let hub: Awaited<ReturnType<typeof startPeopleHub>>;
  let admin: Browser;
  let agency: string;
  let provider: TestProvider;
  beforeEach(async () => {
    hub = await startPeopleHub(kind, { SECRETS_KEYS });
    admin = await setUp(hub);
    const { body } = await admin.send<Organization & { id: string }>('POST', '/fhir/R4/Organization', {
      resourceType: 'Organization',
      name: 'Harvest Food Bank',
    });
    agency = body.id;
    provider = await startProvider(`${hub.url}/api/sign-in/oidc/harvest/callback`);
  });
  afterEach(async () => {
    await hub?.close();
    await provider?.close();
  });

  const said = (others: object = {}): object => ({
    id: 'harvest',
    name: 'Harvest accounts',
    issuer: provider.issuer,
    clientId: provider.clientId,
    clientSecret: provider.clientSecret,
    organizationId: agency,
    ...others,
  });
  const register = async (others: object = {}): Promise<void> => {
    const { status, body } = await admin.send('POST', '/api/identity-providers', said(others));
    if (status !== 201) throw new Error(`refused with ${status}: ${JSON.stringify(body)}`);
  };
  const begin = (returnTo = '/loops'): string =>
    `${hub.url}/api/sign-in/oidc/harvest?returnTo=${encodeURIComponent(returnTo)}`;
  const session = async (wanderer: Wanderer): Promise<{ status: number; email?: string; roles?: string[] }> => {
    const browser = openBrowser(hub.url);
    browser.setCookie(wanderer.cookies(hub.url).get('careloop'));
    const { status, body } = await browser.send<{ person?: { email: string; roles: string[] } }>('GET', '/api/session');
    return { status, ...(body.person ? { email: body.person.email, roles: body.person.roles } : {}) };
  };
  const BEA = { subject: 'u-17', email: 'bea@harvest.example', emailVerified: true };
  const invite = (): Promise<unknown> =>
    admin.send('POST', '/api/people', {
      name: 'Bea',
      email: BEA.email,
      organizationId: agency,
      roles: ['agency-worker'],
    });

  test('is offered by the page, leads there and back, and opens a session of the invited person', async () => {
    await register();
    await invite();
    expect((await call<object>('GET', `${hub.url}/api/sign-in`, { token: null })).body).toMatchObject({
      providers: [{ id: 'harvest', name: 'Harvest accounts' }],
    });
    provider.signsIn(BEA);
    const wanderer = openWanderer();
    const { at } = await wanderer.go(begin('/loops?state=open'));
    expect(at).toBe(`${hub.url}/loops?state=open`);
    expect(await session(wanderer)).toEqual({ status: 200, email: BEA.email, roles: ['agency-worker'] });
    expect([...wanderer.cookies(hub.url).keys()]).toEqual(['careloop']);
  });

  test('is not begun, and not ended, by HEAD', async () => {
    await register();
    for (const url of [begin(), `${hub.url}/api/sign-in/oidc/harvest/callback?code=x&state=y`]) {
      const answer = await fetch(url, { method: 'HEAD', redirect: 'manual' });
      const { headers, status } = answer;
      expect({ status, allow: headers.get('allow'), cookie: headers.get('set-cookie') }).toEqual({
        status: 405,
        allow: 'GET',
        cookie: null,
      });
      expect(headers.get('location')).toBeNull();
    }
    expect(await hub.deps.db.query("SELECT 1 FROM audit WHERE refusal LIKE 'providers.%'")).toEqual([]);
  });

  test('knows people again by what the provider calls them, whatever their address is by then', async () => {
    await register();
    await invite();
    provider.signsIn(BEA);
    await openWanderer().go(begin());
    provider.signsIn({ ...BEA, email: 'renamed@harvest.example' });
    const wanderer = openWanderer();
    await wanderer.go(begin());
    expect(await session(wanderer)).toMatchObject({ status: 200, email: BEA.email });
    // Somebody else who was given the address is not her.
    provider.signsIn({ ...BEA, subject: 'u-99' });
    const other = openWanderer();
    expect((await other.go(begin())).at).toBe(`${hub.url}/sign-in#problem=providers.not-invited`);
    expect((await session(other)).status).toBe(401);
  });

  test.each([
    ['nobody has invited', { subject: 'u-1', email: 'stranger@harvest.example', emailVerified: true }],
    ['has an address that was not checked', { ...BEA, emailVerified: false }],
    ['has no address', { subject: 'u-17' }],
    ['is of another organization', { subject: 'u-2', email: 'ada@hub.example', emailVerified: true }],
  ])('opens nothing for who %s', async (_who, who) => {
    await register();
    await invite();
    provider.signsIn(who);
    const wanderer = openWanderer();
    expect((await wanderer.go(begin())).at).toBe(`${hub.url}/sign-in#problem=providers.not-invited`);
    expect((await session(wanderer)).status).toBe(401);
  });

  test('opens nothing for who is not active any more', async () => {
    await register();
    const { personId } = await join(hub, BEA.email, ['agency-worker'], { organizationId: agency });
    provider.signsIn(BEA);
    await openWanderer().go(begin());
    await admin.send('PATCH', `/api/people/${personId}`, { active: false });
    const wanderer = openWanderer();
    expect((await wanderer.go(begin())).at).toBe(`${hub.url}/sign-in#problem=providers.not-invited`);
  });

  test('ends in the browser that began it: an answer carried to another one opens nothing', async () => {
    await register();
    await invite();
    provider.signsIn(BEA);
    const attacker = openWanderer();
    const there = (await attacker.ask(begin())).headers.get('location') ?? '';
    const answered = await walkToCallback(attacker, there);
    const victim = openWanderer();
    expect((await victim.go(answered)).at).toBe(`${hub.url}/sign-in#problem=providers.not-begun`);
    await victim.ask(begin());
    expect((await victim.go(answered)).at).toBe(`${hub.url}/sign-in#problem=providers.refused`);
    expect((await session(victim)).status).toBe(401);
  });

  test('takes an answer once', async () => {
    await register();
    await invite();
    provider.signsIn(BEA);
    const wanderer = openWanderer();
    const there = (await wanderer.ask(begin())).headers.get('location') ?? '';
    const kept = new Map(wanderer.cookies(hub.url));
    const answered = await walkToCallback(wanderer, there);
    expect((await wanderer.go(answered)).at).toBe(`${hub.url}/loops`);
    for (const [name, value] of kept) wanderer.cookies(hub.url).set(name, value);
    expect((await wanderer.go(answered)).at).toBe(`${hub.url}/sign-in#problem=providers.refused`);
  });

  test.each(['https://elsewhere.example/', '//elsewhere.example', '/\\elsewhere.example', 'javascript:alert(1)'])(
    'never leads on to %s',
    async (returnTo) => {
      await register();
      await invite();
      provider.signsIn(BEA);
      expect((await openWanderer().go(begin(returnTo))).at).toBe(`${hub.url}/`);
    },
  );

  test('proves the hub by its secret, which nobody is told and which is sealed', async () => {
    await register({ clientSecret: 'another' });
    await invite();
    provider.signsIn(BEA);
    expect((await openWanderer().go(begin())).at).toBe(`${hub.url}/sign-in#problem=providers.refused`);
    await admin.send('PATCH', '/api/identity-providers/harvest', { clientSecret: provider.clientSecret });
    expect((await openWanderer().go(begin())).at).toBe(`${hub.url}/loops`);
    const listed = await admin.send('GET', '/api/identity-providers');
    expect(listed.body).toEqual({
      providers: [
        {
          id: 'harvest',
          name: 'Harvest accounts',
          issuer: provider.issuer,
          clientId: provider.clientId,
          organizationId: agency,
          active: true,
          callback: `${hub.url}/api/sign-in/oidc/harvest/callback`,
          backChannelLogout: `${hub.url}/api/sign-in/oidc/harvest/back-channel-logout`,
        },
      ],
    });
    const rows = await hub.deps.db.query<{ sealed: string }>(`SELECT sealed FROM secret WHERE kind = 'client-secret'`);
    expect(JSON.stringify(rows)).not.toContain(provider.clientSecret);
  });

  test('can be turned off', async () => {
    await register();
    await admin.send('PATCH', '/api/identity-providers/harvest', { active: false });
    expect((await call<object>('GET', `${hub.url}/api/sign-in`, { token: null })).body).toMatchObject({
      providers: [],
    });
    expect((await openWanderer().go(begin())).at).toBe(`${hub.url}/sign-in#problem=providers.no-such-provider`);
  });

  test('is registered by administrators, with words for what is wrong', async () => {
    const refusal = async (others: object, from = admin): Promise<unknown[]> => {
      const answer = await from.send('POST', '/api/identity-providers', said(others));
      return [answer.status, codeOf(answer)];
    };
    const nobody = `http://127.0.0.1:${await freePort()}`;
    expect(await refusal({ issuer: nobody })).toEqual([422, 'providers.issuer']);
    expect(await refusal({ issuer: `${provider.issuer}/other` })).toEqual([422, 'providers.issuer']);
    expect(await refusal({ issuer: 'https://10.0.0.1' })).toEqual([422, 'providers.issuer']);
    expect(await refusal({ organizationId: 'nobody' })).toEqual([422, 'providers.organization']);
    expect(await refusal({ id: 'A b' })).toEqual([400, 'request.not-valid']);
    await register();
    expect(await refusal({})).toEqual([409, 'providers.taken']);
    const worker = await join(hub, 'worker@harvest.example', ['agency-worker'], { organizationId: agency });
    expect(await refusal({}, worker)).toEqual([403, 'people.role']);
  });

  test('is in the audit: who signed in, and how', async () => {
    await register();
    await invite();
    provider.signsIn({ ...BEA, amr: ['pwd', 'otp'] });
    expect((await openWanderer().go(begin())).at).toBe(`${hub.url}/loops`);
    const rows = await hub.deps.db.query(
      `SELECT interaction FROM audit WHERE interaction IN ('provider-added', 'sign-in') ORDER BY id DESC LIMIT 2`,
    );
    expect(rows).toEqual([{ interaction: 'sign-in' }, { interaction: 'provider-added' }]);
    const sessions = await hub.deps.db.query(`SELECT second_factor FROM session WHERE how = 'oidc:harvest'`);
    expect(sessions).toEqual([{ second_factor: true }]);
  });

  /** From the provider's page to the address of the hub that it sends back to, which is not gone to. */
  async function walkToCallback(wanderer: Wanderer, there: string): Promise<string> {
    for (let at = there; ; ) {
      const location = (await wanderer.ask(at)).headers.get('location') ?? '';
      at = new URL(location, at).href;
      if (at.startsWith(hub.url)) return at;
    }
  }
});
