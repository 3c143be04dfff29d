import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createApp } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import { type Deps, openDeps } from '../../src/deps.ts';
import { listen, stopListening } from '../../src/http/listen.ts';
import { addOrganization, endpointOf, startProgramOf } from '../access/programs.ts';
import { type Answer, call, texts } from '../support/api.ts';
import { createClock, type TestClock } from '../support/clock.ts';
import { databaseKinds } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { addPartner, type Partner } from '../support/network.ts';

const LIMITS = { RATE_LIMIT_PROGRAM: '5', RATE_LIMIT_ADDRESS: '4', QUOTA_PROGRAM: '12' };

describe.each(databaseKinds())('who asks too often is told to wait (%s):', (kind) => {
  let clock: TestClock;
  let hub: TestHub;
  let agency: Partner;
  let other: Partner;
  beforeEach(async () => {
    clock = createClock();
    hub = await startHub(kind, { now: clock.now, settings: { ...LIMITS, TRUSTED_PROXIES: '127.0.0.1' } });
    agency = await addPartner(hub, 'Harvest Food Bank');
    other = await addPartner(hub, 'Homes First');
    // The hub's own program, by which they were added, is counted too.
    clock.advance(60_000);
  });
  afterEach(() => hub?.close());

  const ask = (token: string | undefined, from?: string, url = hub.fhir): Promise<Answer> =>
    call('GET', `${url}/Organization`, { token: token ?? null, headers: from ? { 'x-forwarded-for': from } : {} });
  const statuses = async (times: number, how: () => Promise<Answer>): Promise<number[]> => {
    const seen: number[] = [];
    for (let at = 0; at < times; at += 1) seen.push((await how()).status);
    return seen;
  };

  test('a program, until the minute is over; and others go on', async () => {
    expect(await statuses(6, () => ask(agency.token))).toEqual([200, 200, 200, 200, 200, 429]);
    const refused = await ask(agency.token);
    expect(refused.headers.get('retry-after')).toBe('60');
    expect(texts(refused)).toEqual(['There were more than 5 requests in this minute. Wait 60 seconds, then go on.']);
    expect(refused.body).toMatchObject({ issue: [{ code: 'throttled' }] });
    expect(await ask(other.token)).toMatchObject({ status: 200 });
    // What is at the API counts with what is at FHIR.
    expect(await call('GET', `${hub.url}/api/loops`, { token: agency.token })).toMatchObject({ status: 429 });
    clock.advance(60_000);
    expect(await ask(agency.token)).toMatchObject({ status: 200 });
  });

  test('a program, for the rest of the day', async () => {
    for (let minute = 0; minute < 2; minute += 1) {
      expect(await statuses(5, () => ask(agency.token))).toEqual([200, 200, 200, 200, 200]);
      clock.advance(60_000);
    }
    expect(await statuses(3, () => ask(agency.token))).toEqual([200, 200, 429]);
    const refused = await ask(agency.token);
    expect(texts(refused)[0]).toMatch(/^There were more than 12 requests in this day\. Wait 53820 seconds/);
    clock.set('2026-03-03T00:00:00Z');
    expect(await ask(agency.token)).toMatchObject({ status: 200 });
  });

  test('who guesses tokens, by the address; it is then not answered whatever it shows', async () => {
    expect(await statuses(6, () => ask('guessed', '192.0.2.1'))).toEqual([401, 401, 401, 401, 429, 429]);
    expect(await ask(agency.token, '192.0.2.1')).toMatchObject({ status: 429 });
    expect(await ask('guessed', '192.0.2.2')).toMatchObject({ status: 401 });
    clock.advance(60_000);
    expect(await ask(agency.token, '192.0.2.1')).toMatchObject({ status: 200 });
  });

  test('who asks for tokens, whatever else it shows', async () => {
    const asking = (): Promise<Answer> =>
      call('POST', endpointOf(hub), {
        token: agency.token,
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          'x-forwarded-for': '2001:db8::1',
          cookie: 'a=b',
        },
        body: 'grant_type=client_credentials',
      });
    expect(await statuses(5, asking)).toEqual([401, 401, 401, 401, 429]);
  });

  test('who writes who it is into a header of its own, when no proxy is believed', async () => {
    const alone = await startHub('embedded', { now: clock.now, settings: LIMITS });
    let next = 0;
    const lying = (): Promise<Answer> => {
      next += 1;
      return ask('guessed', `192.0.2.${next}`, alone.fhir);
    };
    expect(await statuses(5, lying)).toEqual([401, 401, 401, 401, 429]);
    await alone.close();
  });

  test('who is asked health is not counted', async () => {
    expect(new Set(await statuses(20, () => call('GET', `${hub.url}/health`, { token: null })))).toEqual(
      new Set([200]),
    );
  });

  test('a program with keys of its own, by what it is and not by its token', async () => {
    const program = await startProgramOf(hub, await addOrganization(hub, 'Ours'), ['system/*.rs']);
    const tokens = [await program.token('system/*.rs'), await program.token('system/*.rs')];
    expect(await statuses(3, () => ask(tokens[0]))).toEqual([200, 200, 200]);
    expect(await statuses(3, () => ask(tokens[1]))).toEqual([200, 200, 429]);
  });

  const server = kind === 'server' ? test : test.skip;
  server('by all processes together', async () => {
    const { DATABASE_URL, ...rest } = hub.deps.config;
    const second = await startSecond(hub.deps, { DATABASE_URL: String(DATABASE_URL) }, clock);
    expect(rest.RATE_LIMIT_PROGRAM).toBe(5);
    expect(await statuses(3, () => ask(agency.token))).toEqual([200, 200, 200]);
    expect(await statuses(2, () => ask(agency.token, undefined, second.fhir))).toEqual([200, 200]);
    // They tell each other once a second, when somebody asks.
    await eventually(async () => {
      clock.advance(1_000);
      await call('GET', `${hub.fhir}/metadata`, { token: 'x' });
      await call('GET', `${second.fhir}/metadata`, { token: 'x' });
      expect(await ask(agency.token)).toMatchObject({ status: 429 });
      expect(await ask(agency.token, undefined, second.fhir)).toMatchObject({ status: 429 });
    });
    await second.close();
  });
});

async function startSecond(
  { config }: Deps,
  settings: { DATABASE_URL: string },
  clock: TestClock,
): Promise<{ fhir: string; close(): Promise<void> }> {
  const second = readConfig({
    ...LIMITS,
    ...settings,
    PORT: '0',
    LOG_LEVEL: 'silent',
    SECRETS_KEYS: config.SECRETS_KEYS,
  });
  const deps = await openDeps(second, { now: clock.now });
  const { server, url } = await listen(createApp(deps), second);
  return {
    fhir: `${url}/fhir/R4`,
    close: async () => {
      await stopListening(server);
      await deps.close();
    },
  };
}
