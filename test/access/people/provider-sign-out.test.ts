import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { generateKeyPair, SignJWT } from 'jose';
import { type Answer, call } from '../../support/api.ts';
import { databaseKinds } from '../../support/database.ts';
import { startProvider, type TestProvider } from '../../support/identity-provider.ts';
import { addOrganization } from '../programs.ts';
import { type Browser, openBrowser } from './browser.ts';
import { setUp, startPeopleHub } from './people-hub.ts';
import { openWanderer } from './wanderer.ts';

const BEA = { subject: 'u-17', email: 'bea@harvest.example', emailVerified: true };
const CAL = { subject: 'u-18', email: 'cal@harvest.example', emailVerified: true };
const EVENT = { 'http://schemas.openid.net/event/backchannel-logout': {} };

describe.each(databaseKinds())('signing out at an identity provider (%s)', (kind) => {
  let hub: Awaited<ReturnType<typeof startPeopleHub>>;
  let admin: Browser;
  let provider: TestProvider;
  beforeEach(async () => {
    hub = await startPeopleHub(kind);
    // Providers live in the time that is.
    hub.clock.set(new Date());
    admin = await setUp(hub);
    const organizationId = await addOrganization(hub, 'Harvest Food Bank');
    provider = await startProvider(`${hub.url}/api/sign-in/oidc/harvest/callback`);
    const { issuer, clientId, clientSecret } = provider;
    const said = { id: 'harvest', name: 'Harvest accounts', issuer, clientId, clientSecret, organizationId };
    const { status, body } = await admin.send('POST', '/api/identity-providers', said);
    expect([status, body]).toMatchObject([
      201,
      { backChannelLogout: `${hub.url}/api/sign-in/oidc/harvest/back-channel-logout` },
    ]);
    for (const { email } of [BEA, CAL]) {
      const person = { name: email, email, organizationId, roles: ['agency-worker'] };
      expect((await admin.send('POST', '/api/people', person)).status).toBe(201);
    }
  });
  afterEach(async () => {
    await hub?.close();
    await provider?.close();
  });

  const signIn = async (who: typeof BEA): Promise<Browser> => {
    provider.signsIn(who);
    const wanderer = openWanderer();
    await wanderer.go(`${hub.url}/api/sign-in/oidc/harvest`);
    const browser = openBrowser(hub.url);
    browser.setCookie(wanderer.cookies(hub.url).get('careloop'));
    return browser;
  };
  const isIn = async (browser: Browser): Promise<boolean> => (await browser.send('GET', '/api/loops')).status === 200;
  const sids = async (): Promise<string[]> => {
    const rows = await hub.deps.db.query<{ sid: string }>(
      `SELECT provider_sid AS sid FROM session WHERE how = 'oidc:harvest' ORDER BY created_at, id`,
    );
    return rows.map(({ sid }) => sid);
  };
  const tell = (token: string): Promise<Answer> =>
    call('POST', `${hub.url}/api/sign-in/oidc/harvest/back-channel-logout`, {
      token: null,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ logout_token: token }).toString(),
    });
  const seconds = (): number => Math.floor(hub.clock.now().getTime() / 1_000);
  const claims = (others: object = {}): Record<string, unknown> => ({
    iss: provider.issuer,
    aud: provider.clientId,
    sub: BEA.subject,
    iat: seconds(),
    exp: seconds() + 120,
    jti: crypto.randomUUID(),
    events: EVENT,
    ...others,
  });

  test('ends the session that was opened by the one there, and no other', async () => {
    const bea = await signIn(BEA);
    const [first] = await sids();
    const [elsewhere, cal] = [await signIn(BEA), await signIn(CAL)];
    expect(first).toEqual(expect.any(String));
    await provider.signsOut(BEA.subject, first);
    expect([await isIn(bea), await isIn(elsewhere), await isIn(cal), await isIn(admin)]).toEqual([
      false,
      true,
      true,
      true,
    ]);
    const [entry] = await hub.deps.db.query(
      `SELECT about_person IS NOT NULL AS told FROM audit WHERE interaction = 'sign-out' ORDER BY id DESC LIMIT 1`,
    );
    expect(entry).toEqual({ told: true });
  });

  test('ends all of a person that were opened there, where it says no session', async () => {
    const [bea, elsewhere, cal] = [await signIn(BEA), await signIn(BEA), await signIn(CAL)];
    expect((await tell(await provider.sign(claims()))).status).toBe(200);
    expect([await isIn(bea), await isIn(elsewhere), await isIn(cal)]).toEqual([false, false, true]);
  });

  test('ends nothing that was opened after it was said, though it is said again', async () => {
    await signIn(BEA);
    const token = await provider.sign(claims());
    expect((await tell(token)).status).toBe(200);
    hub.clock.advance(60_000);
    const bea = await signIn(BEA);
    expect((await tell(token)).status).toBe(200);
    expect(await isIn(bea)).toBe(true);
  });

  const BROKEN: readonly [string, () => Promise<string> | string][] = [
    ['is of another provider', () => provider.sign(claims({ iss: 'https://evil.example' }))],
    ['is for another program', () => provider.sign(claims({ aud: 'somebody' }))],
    ['has expired', () => provider.sign(claims({ exp: seconds() - 60 }))],
    ['is of an hour ago', () => provider.sign(claims({ iat: seconds() - 3_600 }))],
    [
      'was signed by somebody else',
      async () => {
        const { privateKey } = await generateKeyPair('RS256');
        return new SignJWT(claims()).setProtectedHeader({ alg: 'RS256', kid: 'test' }).sign(privateKey);
      },
    ],
    [
      'is signed with the secret',
      () =>
        new SignJWT(claims())
          .setProtectedHeader({ alg: 'HS256' })
          .sign(new TextEncoder().encode(provider.clientSecret.repeat(2))),
    ],
    [
      'is not signed',
      () =>
        [
          ...[{ alg: 'none' }, claims()].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')),
          '',
        ].join('.'),
    ],
    ['is an ID token', () => provider.sign(claims({ events: undefined, nonce: 'x' }))],
    ['has a nonce', () => provider.sign(claims({ nonce: 'x' }))],
    ['says nobody', () => provider.sign(claims({ sub: undefined }))],
    ['is no token', () => 'x'],
    ['is nothing', () => ''],
    ['is endless', () => 'x'.repeat(15_000)],
  ];

  test('ends nothing where what is said does not hold', async () => {
    const bea = await signIn(BEA);
    for (const [what, make] of BROKEN) {
      const { status, body } = await tell(await make());
      expect([what, status, body]).toEqual([
        what,
        400,
        { error: 'invalid_request', error_description: expect.stringMatching(/^The logout_token does not hold/) },
      ]);
    }
    expect(await isIn(bea)).toBe(true);
  });
});
