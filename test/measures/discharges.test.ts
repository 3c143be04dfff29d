import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Encounter, MeasureReport, Patient } from '@medplum/fhirtypes';
import { validate } from '../../src/fhir/validate/validate.ts';
import type { Measures } from '../../src/measures/api.ts';
import { call, done } from '../support/api.ts';
import { createClock } from '../support/clock.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';

const MARCH = 'from=2026-03-01&to=2026-04-01';

/*
 * Twelve people leave hospital on Friday, March 6, at 12:00; Monday is a holiday of the hub: the second business day after
 * is Wednesday, March 11. What is next, and for how many:
 *
 *   2  a call on Wednesday 23:00, a visit on Friday 13 (the 7th day)
 *   2  a call on Thursday 12 at 00:00, a visit on Saturday 14 (the 8th day)
 *   2  a visit on the day of discharge at 15:00, and none later
 *   2  a visit on March 20 (the 14th day)
 *   2  a visit on April 5 (the 30th day)
 *   1  a visit on April 6 (the 31st day)
 *   1  nothing
 */
const NEXT: readonly (readonly Event[])[] = [
  ...twice(['VR', '2026-03-11T23:00:00Z'], ['AMB', '2026-03-13T09:00:00Z']),
  ...twice(['VR', '2026-03-12T00:00:00Z'], ['AMB', '2026-03-14T09:00:00Z']),
  ...twice(['AMB', '2026-03-06T15:00:00Z']),
  ...twice(['AMB', '2026-03-20T09:00:00Z']),
  ...twice(['AMB', '2026-04-05T23:00:00Z']),
  [['AMB', '2026-04-06T00:00:00Z']],
  [],
];

type Event = readonly ['VR' | 'AMB', string];

function twice(...each: Event[]): Event[][] {
  return [each, each];
}

const WORKED = {
  // The calls on Wednesday, and the visits on the same day: 4 of 12.
  'tcm-contact': 4,
  // The 7th day, and the same day.
  'tcm-visit-7': 4,
  // Also the 8th, and the 14th.
  'tcm-visit-14': 8,
  // The 7th day; the same does not count.
  'follow-up-7': 2,
  // Also the 8th, the 14th, the 30th.
  'follow-up-30': 8,
} as const;

describe.each(databaseKinds())('after discharge from hospital (%s store)', (kind) => {
  const clock = createClock('2026-05-01T00:00:00Z');
  let hub: TestHub;
  beforeAll(async () => {
    hub = await startHub(kind, { now: clock.now });
    const hours = [{ from: '08:00', to: '17:00' }];
    const [mon, tue, wed, thu, fri] = Array.from({ length: 5 }, () => hours);
    const body = { timeZone: 'UTC', hours: { mon, tue, wed, thu, fri }, holidays: ['2026-03-09'] };
    const set = await call('PUT', `${hub.url}/api/organizations/careloop/calendar`, {
      headers: { 'content-type': 'application/json' },
      body,
    });
    expect([set.status, set.status < 300 || set.body]).toEqual([200, true]);
    for (const next of NEXT) {
      const { id } = await done<Patient>(call('POST', `${hub.fhir}/Patient`, { body: { resourceType: 'Patient' } }));
      await encounter(id, 'IMP', '2026-03-01T09:00:00Z', '2026-03-06T12:00:00Z');
      for (const [what, at] of next) await encounter(id, what, at, at);
    }
  });
  afterAll(() => hub?.close());

  async function encounter(patient: string, code: string, start: string, end: string): Promise<void> {
    const body: Encounter = {
      resourceType: 'Encounter',
      status: 'finished',
      class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code },
      subject: { reference: `Patient/${patient}` },
      period: { start, end },
    };
    await done(call('POST', `${hub.fhir}/Encounter`, { body }));
  }
  const numberOf = async (id: string): Promise<unknown> => {
    const { body } = await call<Measures>('GET', `${hub.url}/api/measures?${MARCH}&measure=${id}`);
    return body.measures[0]?.numbers[0];
  };

  test.each(Object.entries(WORKED))('%s is what is worked out by hand', async (id, numerator) => {
    expect(await numberOf(id)).toMatchObject({ n: 12, numerator, open: 0 });
  });

  test('a window that is not over does not count against anybody', async () => {
    clock.set('2026-04-05T23:30:00Z');
    // Eight were seen on a later day; the window of the other four is over in half an hour. Eight are too few to be told.
    expect(await numberOf('follow-up-30')).toMatchObject({ n: null, suppressed: true });
    clock.set('2026-05-01T00:00:00Z');
  });

  test('is told as a MeasureReport, and stays out of another period', async () => {
    const report = `${hub.url}/api/measures?${MARCH}&measure=tcm-contact&groupBy=sender&format=MeasureReport`;
    const { body } = await call<MeasureReport>('GET', report);
    validate(body);
    expect(body.group).toMatchObject([{ population: [{ count: 12 }, { count: 4 }] }]);
    const { body: later } = await call<Measures>(
      'GET',
      `${hub.url}/api/measures?from=2026-03-07&to=2026-04-01&measure=tcm-contact`,
    );
    expect(later.measures[0]?.numbers).toMatchObject([{ n: 0 }]);
  });
});
