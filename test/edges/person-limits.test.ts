import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Browser } from '../access/people/browser.ts';
import { join, setUp, signIn, startPeopleHub } from '../access/people/people-hub.ts';
import { type Answer, call, texts } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';

const LIMITS = { RATE_LIMIT_PERSON: '5', QUOTA_PERSON: '12' };

describe.each(databaseKinds())('a person who asks too often is told to wait (%s):', (kind) => {
  let hub: Awaited<ReturnType<typeof startPeopleHub>>;
  let kim: Browser;
  beforeEach(async () => {
    hub = await startPeopleHub(kind, LIMITS);
    await setUp(hub);
    kim = await join(hub, 'kim@hub.example', ['case-manager']);
    hub.clock.advance(60_000);
  });
  afterEach(() => hub?.close());

  const ask = (browser: Browser): Promise<Answer> => browser.send('GET', '/api/loops');
  const statuses = async (times: number, how: () => Promise<Answer>): Promise<number[]> => {
    const seen: number[] = [];
    for (let at = 0; at < times; at += 1) seen.push((await how()).status);
    return seen;
  };

  test('until the minute is over, by whichever session and at whichever address; and others go on', async () => {
    const elsewhere = (await signIn(hub, 'kim@hub.example')).browser;
    expect(await statuses(3, () => ask(kim))).toEqual([200, 200, 200]);
    expect(await statuses(3, () => elsewhere.send('GET', '/fhir/R4/Task'))).toEqual([200, 200, 429]);
    const refused = await ask(kim);
    expect(refused.headers.get('retry-after')).toBe('60');
    expect(texts(refused)).toEqual(['There were more than 5 requests in this minute. Wait 60 seconds, then go on.']);
    // What changes something is counted before it is looked at.
    expect(await kim.send('DELETE', '/api/sessions')).toMatchObject({ status: 429 });
    const lou = await join(hub, 'lou@hub.example', ['case-manager']);
    expect(await ask(lou)).toMatchObject({ status: 200 });
    expect(await call('GET', `${hub.url}/api/loops`)).toMatchObject({ status: 200 });
    hub.clock.advance(60_000);
    expect(await ask(kim)).toMatchObject({ status: 200 });
  });

  test('for the rest of the day', async () => {
    for (let minute = 0; minute < 2; minute += 1) {
      expect(await statuses(5, () => ask(kim))).toEqual([200, 200, 200, 200, 200]);
      hub.clock.advance(60_000);
    }
    expect(await statuses(3, () => ask(kim))).toEqual([200, 200, 429]);
    expect(texts(await ask(kim))[0]).toMatch(
      /^There were more than 12 requests in this day\. Wait \d+ seconds, then go on\.$/,
    );
  });
});
