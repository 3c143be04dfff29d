import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Coverage, Patient, Task } from '@medplum/fhirtypes';
import type { Measured, MeasuredNumber, Measures } from '../../src/measures/api.ts';
import { legNetwork } from '../flows/legs/leg-network.ts';
import { call, done, texts } from '../support/api.ts';
import { createClock } from '../support/clock.ts';
import { consentOf } from '../support/consents.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { addPartner, type Partner, sendReferral } from '../support/network.ts';
import { BY_HAND, passTo } from '../workers/late-loops.ts';

/*
 * Forty-six referrals of March, all accepted at once, and eleven of April, of which nothing is heard:
 *
 *   kind         how many  what became of it      whom it is for
 *   missed             11  the client did not come  born 1950-05-01, female, prefers es-MX to en, 94110-1234, Medicaid before an insurer
 *   unreachable        12  failed, unreachable      born 2010, male, sv, 114 55
 *   begun              12  goes on                  born 1990-02, other, SW1A 1AA; of one the address is confidential
 *   objecting          11  goes on                  born 1990, female, fi, 00100; does not want to be counted so
 *   later              11  waits                    nothing is known of them
 */
const COUNTS = { missed: 11, unreachable: 12, begun: 12, objecting: 11 } as const;
type Kind = keyof typeof COUNTS;

const speaks = (code: string, preferred?: boolean): NonNullable<Patient['communication']>[number] => ({
  language: { coding: [{ system: 'urn:ietf:bcp:47', code }] },
  ...(preferred ? { preferred } : {}),
});
const PEOPLE: Readonly<Record<Kind, Partial<Patient>>> = {
  missed: {
    birthDate: '1950-05-01',
    gender: 'female',
    communication: [speaks('en'), speaks('es-MX', true)],
    address: [
      { use: 'old', postalCode: '10001' },
      { use: 'home', postalCode: '94110-1234' },
    ],
  },
  unreachable: {
    birthDate: '2010',
    gender: 'male',
    communication: [speaks('sv')],
    address: [{ postalCode: '114 55' }],
  },
  begun: { birthDate: '1990-02', gender: 'other', address: [{ postalCode: 'SW1A 1AA' }] },
  objecting: { birthDate: '1990', gender: 'female', communication: [speaks('fi')], address: [{ postalCode: '00100' }] },
};
const CONFIDENTIAL = { system: 'https://careloop.dev/fhir/CodeSystem/label', code: 'address-confidential' };
const REASON = 'http://terminology.hl7.org/CodeSystem/v3-ActReason';

describe('measures of groups', () => {
  const clock = createClock('2026-03-02T09:00:00.000Z');
  let hub: TestHub;
  let hospital: Partner;
  let agency: Partner;
  const { say } = legNetwork(() => hub);
  beforeAll(async () => {
    hub = await startHub(databaseKinds().at(-1) ?? 'embedded', { workers: true, now: clock.now, settings: BY_HAND });
    hospital = await addPartner(hub, 'St. Anna Hospital');
    agency = await addPartner(hub, 'Harvest Food Bank', { category: 'food-insecurity' });
    for (const [kind, count] of Object.entries(COUNTS) as [Kind, number][])
      for (let n = 0; n < count; n++) await play(kind, n);
    await passTo(hub, clock, '2026-04-01T09:00:00.000Z');
    for (let n = 0; n < 11; n++) await sendReferral(hub, hospital);
    await passTo(hub, clock, '2026-04-06T09:00:00.000Z');
  }, 120_000);
  // What fell due in these weeks was not done: time passes for the numbers only.
  afterAll(() => hub?.close());

  const play = async (kind: Kind, n: number): Promise<void> => {
    const id = await sendReferral(hub, hospital);
    const task = await done<Task>(call('GET', `${hub.fhir}/Task/${id}`, { token: hospital.token }));
    const patient = task.for?.reference ?? '';
    const known = await done<Patient>(call('GET', `${hub.fhir}/${patient}`, { token: hospital.token }));
    const labels = kind === 'begun' && n === 0 ? { meta: { security: [CONFIDENTIAL] } } : {};
    const body = { ...known, ...labels, ...PEOPLE[kind] };
    await done(call('PUT', `${hub.fhir}/${patient}`, { token: hospital.token, body }));
    await say(id, agency, { status: 'accepted' });
    if (kind === 'missed') {
      await covered(patient, '113', 2);
      await covered(patient, '2', 1);
      await say(id, agency, { businessStatus: { coding: [{ code: 'no-show' }], text: 'Did not come' } });
    }
    const coding = [{ system: 'https://careloop.dev/fhir/CodeSystem/outcome', code: 'client-unreachable' }];
    if (kind === 'unreachable')
      await say(id, agency, { status: 'failed', statusReason: { coding, text: 'Three calls and a letter' } });
    if (kind === 'objecting') await objects(patient);
  };
  const covered = (beneficiary: string, code: string, order: number): Promise<Coverage> =>
    done<Coverage>(
      call('POST', `${hub.fhir}/Coverage`, {
        token: hospital.token,
        body: {
          resourceType: 'Coverage',
          status: 'active',
          beneficiary: { reference: beneficiary },
          payor: [{ display: 'Who pays' }],
          type: { coding: [{ system: 'https://nahdo.org/sopt', code }] },
          order,
        },
      }),
    );
  const objects = (patient: string): Promise<unknown> => {
    const denied = { type: 'deny' as const, purpose: [{ system: REASON, code: 'HQUALIMP' }] };
    const body = consentOf(patient, { type: 'permit', provision: [denied] });
    return done(call('POST', `${hub.fhir}/Consent`, { token: hospital.token, body }));
  };

  const MARCH = 'from=2026-03-01&to=2026-04-01';
  const ask = async (query: string): Promise<MeasuredNumber[]> => {
    const { status, body } = await call<Measures>('GET', `${hub.url}/api/measures?${query}`);
    expect([status, status === 200 || body]).toEqual([200, true]);
    return body.measures[0]?.numbers ?? [];
  };
  type By = keyof NonNullable<MeasuredNumber['group']>;
  const groups = async (by: By, query = MARCH): Promise<unknown> => {
    const numbers = await ask(`${query}&measure=received&groupBy=${by}`);
    return Object.fromEntries(numbers.flatMap(({ group, n }) => (group ? [[String(group[by]), n]] : [])));
  };

  test('those whose client did not come, and those who could not be reached, are shares of those accepted', async () => {
    // Accepted: 46. Of the 11 missed it was said; of the rest 12 have ended, so that 23 may still not come.
    expect(await ask(`${MARCH}&measure=no-show`)).toMatchObject([{ n: 46, numerator: 11, open: 23 }]);
    // 12 of 46; the other 34 go on.
    expect(await ask(`${MARCH}&measure=unreachable`)).toMatchObject([{ n: 46, numerator: 12, open: 34 }]);
  });

  test('groups of people are counted: those who object, and what is not known, are in none', async () => {
    expect(await groups('language')).toEqual({ es: 11, sv: 12, null: 23 });
    expect(await groups('gender')).toEqual({ female: 11, male: 12, other: 12, null: 11 });
    // Born in 2010, of which the first day counts: 16. In February 1990: 36. On 1950-05-01: 75.
    expect(await groups('age')).toEqual({ '65-or-more': 11, 'under-18': 12, '18-to-44': 12, null: 11 });
    // The confidential address is in none.
    expect(await groups('postcode')).toEqual({ '941': 11, '114': 12, SW1A: 11, null: 12 });
    expect(await groups('payer')).toEqual({ '2': 11, null: 35 });
  });

  test('nobody is listed by what they are', async () => {
    const [whole, ...parts] = await ask(`${MARCH}&measure=received&groupBy=gender,sender`);
    expect(whole?.loops).toMatch(/^\/api\/measures\/received\/loops\?/);
    expect(parts.map(({ loops }) => loops)).toEqual([null, null, null, null]);
    const narrowed = await call('GET', `${hub.url}/api/measures/received/loops?${MARCH}&gender=female`);
    expect([narrowed.status, texts(narrowed)]).toEqual([400, [expect.stringContaining('gender')]]);
  });

  test('an organization is not told of groups of people', async () => {
    const { status, body } = await call<{ issue: { details: { text: string } }[] }>(
      'GET',
      `${hub.url}/api/measures?${MARCH}&groupBy=sender,language`,
      { token: hospital.token },
    );
    const text = 'Groups of people (language) are counted for the hub only. Leave them out of groupBy.';
    expect([status, body.issue[0]?.details.text]).toEqual([403, text]);
  });

  test('by the month of the request, and whether it is old enough to tell, with the loops behind', async () => {
    const both = 'from=2026-03-01&to=2026-05-01';
    expect(await groups('month', both)).toEqual({ '2026-03': 46, '2026-04': 11 });
    // It is 35 days since the ones, 5 since the others.
    expect(await groups('maturity', both)).toEqual({ mature: 46, immature: 11 });
    expect(await groups('maturity', `${both}&matureDays=5`)).toEqual({ mature: 57 });
    expect(await groups('maturity', `${both}&matureDays=36`)).toEqual({ immature: 57 });
    const numbers = await ask(`${both}&measure=received&groupBy=maturity&matureDays=10`);
    const young = numbers.find(({ group }) => group?.maturity === 'immature');
    const behind = await call<{ loops: unknown[] }>('GET', `${hub.url}${young?.loops}`);
    expect([behind.status, behind.body.loops.length]).toEqual([200, 11]);
  });

  test('time to accept is estimated with those that wait', async () => {
    const from = 'from=2026-03-01&to=2026-05-01&measure=time-to-accept';
    // 46 at once of 57, of which 11 wait for 120 hours: a fifth is left, which is no tenth.
    expect(await ask(from)).toMatchObject([{ n: 46, open: 11, values: { median: 0, p90: null } }]);
    const byMonth = await ask(`${from}&groupBy=month`);
    expect(byMonth.map(({ group, n, open, values }) => [group?.month, n, open, values])).toEqual([
      [undefined, 46, 11, { median: 0, p90: null, p95: null }],
      ['2026-03', 46, 0, { median: 0, p90: 0, p95: 0 }],
      ['2026-04', 0, 11, { median: null, p90: null, p95: null }],
    ]);
  });

  test('by four things at most', async () => {
    const answer = await call(
      'GET',
      `${hub.url}/api/measures?${MARCH}&groupBy=sender,month,category,priority,programme`,
    );
    const text = 'Measures are grouped by 4 things at most. Name fewer, and narrow the period instead.';
    expect([answer.status, texts(answer)]).toEqual([400, [text]]);
    const all = await ask(`${MARCH}&measure=received&groupBy=sender,month,language,age`);
    expect(all.length).toBeGreaterThan(1);
  });

  test('which of the offers wait how long, in business days', async () => {
    // Since Wednesday 2026-04-01 at 9:00, on Monday at 9:00: Thursday, Friday and Monday.
    const byAge = async (): Promise<Measured['numbers']> => ask('from=2026-04-01&to=2026-05-01&measure=unanswered-age');
    expect(await byAge()).toMatchObject([{ part: '2-to-5-days', n: 11 }]);
    clock.set('2026-04-02T08:00:00.000Z');
    expect(await byAge()).toMatchObject([{ part: 'under-2-days', n: 11 }]);
    clock.set('2026-04-09T09:00:00.000Z');
    expect(await byAge()).toMatchObject([{ part: '5-to-7-days', n: 11 }]);
    clock.set('2026-04-21T09:00:00.000Z');
    expect(await byAge()).toMatchObject([{ part: '14-days-or-more', n: 11 }]);
    clock.set('2026-04-06T09:00:00.000Z');
  });
});
