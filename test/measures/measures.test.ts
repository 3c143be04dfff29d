import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, MeasureReport, Resource } from '@medplum/fhirtypes';
import { validate } from '../../src/fhir/validate/validate.ts';
import type { LoopSummary } from '../../src/loops/api.ts';
import type { Measured, Measures } from '../../src/measures/api.ts';
import { MEASURES } from '../../src/measures/definitions.ts';
import { measuresPage } from '../../src/measures/page.ts';
import { en as titles } from '../../web/i18n/measures/titles/en.ts';
import { call, fetchAsOperator, texts } from '../support/api.ts';
import { createClock } from '../support/clock.ts';
import { databaseKinds } from '../support/database.ts';
import { closeHealthy } from '../support/healthy.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { BY_HAND } from '../workers/late-loops.ts';
import { type Example, MONDAY, NOW, playExample, WEEK } from './worked-example.ts';

/*
 * Worked out by hand from the table in worked-example.ts. 40 referrals count (the one entered in error does not): 23 of
 * anna, 14 of city, 3 of village. 22 of them were offered twice (full, words): 62 organizations were asked.
 * Answered are 47: 12 done and unread (2 h), 11 full (4 h) and their second (2 h), 11 words (4 h), 2 late (49 h); that is
 * 2 h 23 times, 4 h 22 times, 49 h twice: the 24th of 47 is 4 h, the 90th percentile (between the 42nd and 43rd) 4 h.
 * Nothing was heard of 14: the second of words, and silent. Withdrawn is neither.
 */
const BY_HAND_WORKED: Readonly<Record<string, Partial<Measured['numbers'][number]>>> = {
  received: { n: 40, values: { count: 40 } },
  // Ended are 12 after 24 h and 1 (withdrawn) after 25 h; the other 27 have not.
  'time-to-outcome': { n: 13, open: 27, values: { median: 24, p90: 24 } },
  // done: 11 of 40. Of unread, and of what it has withdrawn, the sender has not read how it ended.
  'closed-with-outcome': { n: 40, numerator: 11, open: 27, values: { rate: 0.275 } },
  'closed-by-status': { n: 40, numerator: 13, open: 27, values: { rate: 0.325 } },
  // done, of those that have ended.
  'closing-acknowledged': { n: 13, numerator: 11, values: { rate: 0.8462 } },
  'need-resolved': { n: 40, numerator: 12, open: 27, values: { rate: 0.3 } },
  // 22 second offers, of 40.
  're-routes': { n: 40, values: { mean: 0.55 } },
  're-offer-yield': { n: 22, numerator: 0, open: 22, values: { rate: 0 } },
  // late and silent each once, unread once: 6 of 40.
  escalations: { n: 40, values: { mean: 0.15 } },
  asked: { n: 62, values: { count: 62 } },
  'delivery-rate': { n: 62, numerator: 62, open: 0, values: { rate: 1 } },
  'delivery-failures': { n: 62, numerator: 0, open: 0, values: { rate: 0 } },
  'time-to-deliver': { n: 62, open: 0, values: { median: 0, p90: 0, p95: 0 } },
  'technical-delay': { n: 62, open: 0, values: { median: 0, p90: 0 } },
  'human-delay': { n: 47, open: 14, values: { median: 4, p90: 4 } },
  // 45 answered in time and the one withdrawn after 25 h, of the 62 delivered; the second of words wait and are in time.
  'response-rate': { n: 62, numerator: 46, open: 11, values: { rate: 0.7419 } },
  // 45 in time, 2 late, 3 silent whose time is over: 45 of 50. The second of words are in time.
  'response-within-policy': { n: 50, numerator: 45, open: 11, values: { rate: 0.9 } },
  // 12 done and unread, 11 the second of full: 23 of 50.
  'accepted-within-policy': { n: 50, numerator: 23, open: 11, values: { rate: 0.46 } },
  'time-to-decision': { n: 47, open: 14, values: { median: 4, p90: 4 } },
  // Accepted are 23 after 2 h and 2 after 49 h; 11 wait for 45 h, 3 for 49 h. After 2 h there are 16 of 39 left (0.41), after
  // 49 h 2 of 5 more have accepted: 0.41 times 3/5 is 0.25, which is no tenth.
  'time-to-accept': { n: 25, open: 14, values: { median: 2, p90: null } },
  // Ended are 12 of the 25 accepted; of none it was said.
  'no-show': { n: 25, numerator: 0, open: 13, values: { rate: 0 } },
  unreachable: { n: 25, numerator: 0, open: 13, values: { rate: 0 } },
  // Accepted: 12 + 11 + 2; declined: 22; not answered in time: 3. 25 of 50.
  'acceptance-rate': { n: 50, numerator: 25, open: 11, values: { rate: 0.5 } },
  // 25 of 47.
  'acceptance-of-answered': { n: 47, numerator: 25, open: 14, values: { rate: 0.5319 } },
  'taken-back': { n: 25, numerator: 0, values: { rate: 0 } },
  // done after 6 h, unread when it was completed, after 24 h. Accepted and nothing more: 11 full, 2 late.
  'time-to-first-contact': { n: 12, open: 13, values: { median: 6, p90: 6 } },
  // Whatever was heard of was heard of within two days; fourteen days are not over.
  'silent-rate': { n: 47, numerator: 0, open: 14, values: { rate: 0 } },
};

describe.each(databaseKinds())('what is measured (%s store):', (store) => {
  const clock = createClock(MONDAY);
  let hub: TestHub;
  let example: Example;
  beforeAll(async () => {
    hub = await startHub(store, { workers: true, now: clock.now, settings: BY_HAND });
    example = await playExample(hub, clock);
  }, 120_000);
  afterAll(() => closeHealthy(hub));

  const ask = async (query = '', token?: string): Promise<Measured[]> => {
    const answer = await call<Measures>('GET', `${hub.url}/api/measures?${WEEK}${query}`, { token });
    expect([answer.status, answer.status === 200 || answer.body]).toEqual([200, true]);
    return answer.body.measures;
  };
  const numbersOf = async (id: string, query = '', token?: string): Promise<Measured['numbers']> =>
    (await ask(`&measure=${id}${query}`, token))[0]?.numbers ?? [];
  const behind = async (id: string, query = '', token?: string): Promise<string[]> => {
    const ids: string[] = [];
    for (let cursor = ''; ; ) {
      const { body, status } = await call<{ loops: LoopSummary[]; next: string | null }>(
        'GET',
        `${hub.url}/api/measures/${id}/loops?${WEEK}&limit=7${query}${cursor}`,
        { token },
      );
      expect(status).toBe(200);
      ids.push(...body.loops.map((loop) => loop.id));
      if (!body.next) return ids;
      cursor = `&cursor=${body.next}`;
    }
  };

  test.each(Object.entries(BY_HAND_WORKED))('%s is what is worked out by hand', async (id, worked) => {
    expect(await numbersOf(id)).toMatchObject([{ group: null, part: null, suppressed: false, ...worked }]);
  });

  test('decline reasons are shares of coded reasons; what is said in words is not told', async () => {
    // 11 full of 22 declined as no-capacity; 11 words in words.
    expect(await numbersOf('decline-reasons')).toMatchObject([
      { part: 'no-capacity', n: 22, numerator: 11, values: { share: 0.5 } },
      { part: 'not-coded', n: 22, numerator: 11, values: { share: 0.5 } },
    ]);
  });

  /** Those with examples of their own: here, and in client-word.test.ts. */
  const WORKED_ELSEWHERE = [
    ...['decline-reasons', 'unanswered-age'],
    ...['client-answered', 'need-remains-client-says', 'need-resolved-client-says', 'not-received-client-says'],
    'need-resolved-by-source',
  ];
  test('each measure has its example, and its definition beside the number', async () => {
    const all = await ask();
    expect(all.map(({ id }) => id).sort()).toEqual([...Object.keys(BY_HAND_WORKED), ...WORKED_ELSEWHERE].sort());
    for (const { definition, source } of all) expect([definition, source]).not.toContain('');
    // The page has each title in its languages.
    expect(titles).toEqual(Object.fromEntries(all.map(({ id, title }) => [`measures.title.${id}`, title])));
  });

  test('after fourteen days the silent ones are', async () => {
    clock.set('2026-03-17T00:00:00.000Z');
    // The 3 silent, and the 11 second ones of words: 14 of 61.
    expect(await numbersOf('silent-rate')).toMatchObject([{ n: 61, numerator: 14, open: 0, values: { rate: 0.2295 } }]);
    clock.set(NOW);
  });

  test('the age of unanswered offers, of which too few in one part hide the other', async () => {
    // The second of words since 45 hours, silent since 49: 11 and 3; a day of 24 hours is full at the same time of day.
    expect(await numbersOf('unanswered-age')).toMatchObject([
      { part: '2-to-5-days', n: null, numerator: null, values: { share: null }, suppressed: true },
      { part: 'under-2-days', n: null, numerator: null, values: { share: null }, suppressed: true },
    ]);
    clock.set('2026-03-23T10:00:00.000Z');
    expect(await numbersOf('unanswered-age')).toMatchObject([{ part: '14-days-or-more', n: 14, values: { share: 1 } }]);
    clock.set(NOW);
  });

  test('in several groups: as many in all as together', async () => {
    const numbers = await numbersOf('asked', '&groupBy=priority,category');
    expect(numbers.map(({ group, n }) => [group?.priority, group?.category, n])).toEqual([
      [undefined, undefined, 62],
      ['routine', 'Food Insecurity', 62],
    ]);
    const parts = await numbersOf('decline-reasons', '&groupBy=priority');
    expect(parts.map(({ group, part, numerator }) => [group?.priority, part, numerator])).toEqual([
      [undefined, 'no-capacity', 11],
      [undefined, 'not-coded', 11],
      ['routine', 'no-capacity', 11],
      ['routine', 'not-coded', 11],
    ]);
  });

  test('who sent a referral is not told who is asked, only who has taken it on', async () => {
    const { anna, village, agencies } = example;
    const receivers = async (token: string): Promise<unknown[]> =>
      (await numbersOf('received', '&groupBy=receiver', token)).flatMap(({ group }) => (group ? [group.receiver] : []));
    expect(await receivers(village.token)).toEqual([null]);
    for (const each of await receivers(anna.token))
      expect(agencies.map(({ id }) => ({ id }))).toContainEqual({ id: (each as { id: string }).id });
  });

  test('referrals of another period are not in it', async () => {
    const { body } = await call<Measures>('GET', `${hub.url}/api/measures?from=2026-03-03&to=2026-03-09`);
    expect(body.measures.find(({ id }) => id === 'received')?.numbers).toMatchObject([{ n: 0, values: { count: 0 } }]);
  });

  test('a group of fewer than eleven is not told, nor one more, from which it could be', async () => {
    const { anna, city, village } = example;
    const numbers = await numbersOf('received', '&groupBy=sender');
    const told = new Map(numbers.map(({ group, n, suppressed }) => [group?.sender?.id, [n, suppressed]]));
    // village has 3, city 14 (the smaller of the other two), anna 23: 40 less 23 says only what both have together.
    expect(told).toEqual(
      new Map<string | undefined, unknown>([
        [undefined, [40, false]],
        [anna.id, [23, false]],
        [city.id, [null, true]],
        [village.id, [null, true]],
      ]),
    );
    const small = numbers.find(({ group }) => group?.sender?.id === village.id);
    expect(small).toMatchObject({ numerator: null, open: null, values: { count: null } });
  });

  test('the loops behind a number are listed, page by page', async () => {
    const { loops, village } = example;
    expect(await behind('closed-with-outcome', '&counted=numerator')).toEqual([...loops.done].sort());
    expect(await behind('received', `&sender=${village.id}`)).toEqual([...loops.silent].sort());
    expect((await behind('received')).length).toBe(40);
    expect(await behind('acceptance-rate', '&counted=open')).toEqual([...loops.words].sort());
  });

  test('an organization is told of what it has sent and was asked, and not what the hub does beside', async () => {
    const { anna, agencies, loops } = example;
    const [agency] = agencies;
    expect(await numbersOf('received', '', anna.token)).toMatchObject([{ n: 23, values: { count: 23 } }]);
    expect(await numbersOf('asked', '', anna.token)).toMatchObject([{ n: 0 }]);
    expect(await numbersOf('received', '', agency.token)).toMatchObject([{ n: 0 }]);
    const ids = (await ask('', anna.token)).map(({ id }) => id);
    expect(['re-routes', 're-offer-yield', 'escalations'].filter((id) => ids.includes(id))).toEqual([]);
    expect((await behind('received', '', anna.token)).sort()).toEqual(
      [...loops.done, ...loops.unread, ...loops.full].sort(),
    );
    const groups = await numbersOf('asked', '&groupBy=sender,receiver', agency.token);
    expect(groups.filter(({ group }) => group).map(({ group }) => [group?.sender?.id, group?.receiver?.id])).toEqual([
      ['careloop', agency.id],
    ]);
    const refused = await call('GET', `${hub.url}/api/measures?${WEEK}&measure=escalations`, { token: anna.token });
    expect([refused.status, texts(refused)]).toEqual([404, ['Not a measure of this hub.']]);
  });

  test('as CSV, which says the same', async () => {
    const response = await fetchAsOperator(`${hub.url}/api/measures?${WEEK}&measure=received&groupBy=sender`, {
      headers: { accept: 'text/csv' },
    });
    expect(response.headers.get('content-type')).toMatch(/^text\/csv/);
    const lines = (await response.text()).trim().split('\r\n');
    expect(lines[0]).toBe(
      '"from","to","measure","title","group","sender_id","sender","part","statistic","value","unit","n","numerator","open","suppressed","definition"',
    );
    expect(lines.filter((line) => line.includes('"all"')).join()).toContain(
      '"count","40","{referral}","40","","","no"',
    );
    expect(lines.filter((line) => line.includes('Village')).join()).toContain('"count","","{referral}","","","","yes"');
  });

  test('as MeasureReports of Measures, both valid FHIR', async () => {
    const { body } = await call<Bundle>(
      'GET',
      `${hub.url}/api/measures?${WEEK}&groupBy=sender,priority&format=MeasureReport`,
    );
    const reports = (body.entry ?? []).map(({ resource }) => resource as MeasureReport);
    const reported = MEASURES.filter(({ of }) => of !== 'client' && of !== 'discharge');
    expect(reports.length).toBe(reported.length);
    for (const report of reports) validate(report);
    for (const { id, url } of reported.map((each) => ({ ...each, url: `${hub.url}/api/measures/${each.id}` }))) {
      const { body: definition } = await call<Resource & { url: string }>('GET', url);
      validate(definition);
      expect(reports.map(({ measure }) => measure)).toContain(definition.url);
      expect(definition.url).toMatch(new RegExp(`/${id}$`));
    }
    const { body: one } = await call<MeasureReport>(
      'GET',
      `${hub.url}/api/measures?${WEEK}&measure=closed-with-outcome&groupBy=sender&format=MeasureReport`,
    );
    expect(one).toMatchObject({
      resourceType: 'MeasureReport',
      period: { start: '2026-03-02T00:00:00.000Z', end: '2026-03-08T23:59:59.999Z' },
      group: [{ population: [{ count: 40 }, { count: 11 }], measureScore: { value: 0.275 } }],
    });
    const village = one.group?.[0]?.stratifier?.[0]?.stratum?.find(({ value }) => value?.text === 'Village Practice');
    expect(JSON.stringify(village)).toContain('masked');
    expect(village?.population?.map(({ count }) => count)).toEqual([undefined, undefined]);
  });

  test.each([
    [
      'groupBy=colour',
      400,
      'Measures are not grouped by "colour". Name some of: programme, sender, receiver, category, priority, month, maturity, language, gender, age, postcode, payer.',
    ],
    ['measure=luck', 404, 'Not a measure of this hub.'],
    ['to=2026-03-02', 400, 'It must be later than from.'],
  ])('%s is refused with a reason', async (query, status, text) => {
    const base = query.startsWith('to=') ? 'from=2026-03-02' : WEEK;
    const answer = await call('GET', `${hub.url}/api/measures?${base}&${query}`);
    expect([answer.status, texts(answer)]).toEqual([status, [text]]);
  });
});

test('the page of all measures is that of their definitions', () => {
  expect(readFileSync('docs/measures.md', 'utf8')).toBe(measuresPage());
});
