import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type {
  CodeableConcept,
  Encounter,
  MeasureReport,
  Patient,
  Procedure,
  Reference,
  ServiceRequest,
  Task,
  TaskOutput,
} from '@medplum/fhirtypes';
import { validate } from '../../src/fhir/validate/validate.ts';
import type { Measured, Measures } from '../../src/measures/api.ts';
import { call, done, found, texts } from '../support/api.ts';
import { createClock } from '../support/clock.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { addPartner, referralBundle } from '../support/network.ts';

const VSAC = 'http://cts.nlm.nih.gov/fhir/ValueSet/2.16.840.1.113883.3.';
const CPT = 'http://www.ama-assn.org/go/cpt';
const SNOMED = 'http://snomed.info/sct';
/** A code for each of the value sets: the real ones are licensed. */
const CODES: Readonly<Record<string, readonly [string, string]>> = {
  '464.1003.101.12.1001': [CPT, '99213'],
  '526.3.1285': [CPT, '92002'],
  '464.1003.101.12.1025': [CPT, '99395'],
  '464.1003.101.12.1023': [CPT, '99385'],
  '464.1003.101.12.1022': [CPT, '99381'],
  '464.1003.101.12.1024': [CPT, '99391'],
  '526.3.1023': [CPT, '96116'],
  '526.3.1492': [CPT, '90791'],
  '464.1003.101.12.1046': [SNOMED, '103696004'],
  '464.1003.121.12.1006': [SNOMED, '371530004'],
};

const coded = (oid: string): CodeableConcept => {
  const [system, code] = CODES[oid] ?? [];
  return { coding: [{ system: system ?? '', code: code ?? '' }] };
};
const YEAR = 'from=2026-01-01&to=2027-01-01';

interface Referred {
  readonly status?: ServiceRequest['status'];
  readonly authoredOn?: string;
  readonly requester?: string;
  /** The end of the executionPeriod of the report; null: there is none. */
  readonly reported?: string | null;
  readonly reportStatus?: Task['status'];
}

interface Case {
  readonly what: string;
  readonly visit?: 'office' | 'psychotherapy' | 'behavioral encounter' | 'not-finished' | 'year-before';
  readonly referrals: readonly Referred[];
  /** In the denominator and the numerator, by hand; then those of the first referral of each requester. */
  readonly counts: readonly [number, number, number, number];
}

const plain = (what: string): Case => ({ what, referrals: [{}], counts: [1, 1, 1, 1] });

/** What each client has; unless it says otherwise a visit and a referral in March 2026, and a report of April 10. */
const CASES: readonly Case[] = [
  ...Array.from({ length: 6 }, (_each, n) => plain(`a report in time, ${n}`)),
  { ...plain('a visit by a procedure of the list of codes'), visit: 'psychotherapy' },
  { what: 'report on the last day', referrals: [{ reported: '2026-12-31' }], counts: [1, 1, 1, 1] },
  {
    what: 'referred on October 31',
    referrals: [{ authoredOn: '2026-10-31', reported: '2026-11-20' }],
    counts: [1, 1, 1, 1],
  },
  { what: 'no report', referrals: [{ reported: null }], counts: [1, 0, 1, 0] },
  { what: 'report before the referral', referrals: [{ reported: '2026-03-01' }], counts: [1, 0, 1, 0] },
  { what: 'report in the next year', referrals: [{ reported: '2027-01-02' }], counts: [1, 0, 1, 0] },
  { what: 'report not completed', referrals: [{ reportStatus: 'in-progress' }], counts: [1, 0, 1, 0] },
  {
    what: 'two referrals by one, and a report of the second',
    referrals: [{ reported: null }, { authoredOn: '2026-05-02' }],
    counts: [1, 0, 1, 0],
  },
  {
    what: 'two referrals by two, and a report of the second',
    referrals: [{ reported: null }, { authoredOn: '2026-05-02', reported: '2026-06-01', requester: 'other' }],
    counts: [1, 0, 2, 1],
  },
  { what: 'an encounter of a behavioral code', visit: 'behavioral encounter', referrals: [{}], counts: [0, 0, 0, 0] },
  { what: 'visit not finished', visit: 'not-finished', referrals: [{}], counts: [0, 0, 0, 0] },
  { what: 'visit in the year before', visit: 'year-before', referrals: [{}], counts: [0, 0, 0, 0] },
  {
    what: 'referred on November 1',
    referrals: [{ authoredOn: '2026-11-01', reported: '2026-11-20' }],
    counts: [0, 0, 0, 0],
  },
  { what: 'referral revoked', referrals: [{ status: 'revoked' }], counts: [0, 0, 0, 0] },
];

describe.each(databaseKinds())('CMS50, receipt of specialist report (%s store)', (kind) => {
  let hub: TestHub;
  let requesters: Record<string, string>;
  beforeAll(async () => {
    hub = await startHub(kind, { now: createClock('2026-06-01T09:00:00Z').now });
    const organization = async (name: string): Promise<string> =>
      `Organization/${(await post({ resourceType: 'Organization', name })).id}`;
    requesters = { own: await organization('Clinic'), other: await organization('Other Clinic') };
  });
  afterAll(() => hub?.close());

  const post = <R extends { resourceType: string }>(body: R): Promise<R & { id: string }> =>
    done(call('POST', `${hub.fhir}/${body.resourceType}`, { body })) as unknown as Promise<R & { id: string }>;
  const ask = (id: string, more = ''): ReturnType<typeof call<Measures>> =>
    call<Measures>('GET', `${hub.url}/api/measures?${YEAR}&measure=${id}${more}`);
  const numberOf = async (id: string): Promise<Measured['numbers'][number] | undefined> =>
    (await ask(id)).body.measures[0]?.numbers[0];

  async function has({ visit = 'office', referrals }: Case): Promise<void> {
    const { id } = await post<Patient>({ resourceType: 'Patient', name: [{ family: 'Berg' }] });
    const subject = { reference: `Patient/${id}` };
    if (visit === 'psychotherapy') {
      const code = { coding: [{ system: CPT, code: '90839' }] };
      await post<Procedure>({
        resourceType: 'Procedure',
        status: 'completed',
        code,
        subject,
        performedDateTime: '2026-02-03',
      });
    } else {
      const day = visit === 'year-before' ? '2025-12-30' : '2026-02-03';
      await post<Encounter>({
        resourceType: 'Encounter',
        status: visit === 'not-finished' ? 'in-progress' : 'finished',
        class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'AMB' },
        type: [coded(visit === 'behavioral encounter' ? '526.3.1492' : '464.1003.101.12.1001')],
        subject,
        period: { start: `${day}T09:00:00Z`, end: `${day}T09:30:00Z` },
      });
    }
    for (const each of referrals) await referred(subject, each);
  }

  async function referred(subject: { reference: string }, referral: Referred): Promise<void> {
    const { status = 'active', authoredOn = '2026-03-02', requester = 'own', reported = '2026-04-10' } = referral;
    const request = await post<ServiceRequest>({
      resourceType: 'ServiceRequest',
      status,
      intent: 'order',
      code: coded('464.1003.101.12.1046'),
      subject,
      authoredOn,
      requester: { reference: requesters[requester] ?? '' },
    });
    if (reported === null) return;
    await post<Task>({
      resourceType: 'Task',
      status: referral.reportStatus ?? 'completed',
      intent: 'order',
      code: coded('464.1003.121.12.1006'),
      for: subject,
      basedOn: [{ reference: `ServiceRequest/${request.id}` }],
      executionPeriod: { end: reported },
    });
  }

  test('is refused while the value sets it is of are not here, which it names; without it, all others are told', async () => {
    const answer = await ask('cms50');
    expect(answer.status).toBe(422);
    expect(texts(answer)).toHaveLength(10);
    expect(texts(answer)[0]).toBe(
      `The ValueSet ${VSAC}464.1003.101.12.1001 is not stored here, or not with its codes.`,
    );
    const { status, body } = await call<Measures>('GET', `${hub.url}/api/measures?${YEAR}`);
    expect([status, body.measures.map(({ id }) => id).includes('cms50')]).toEqual([200, false]);
  });

  test('counts what is worked out by hand, client by client', async () => {
    for (const [oid, [system, code]] of Object.entries(CODES)) {
      const compose = { include: [{ system, concept: [{ code }] }] };
      await post({ resourceType: 'ValueSet', url: `${VSAC}${oid}`, status: 'active', compose });
    }
    for (const each of CASES) await has(each);
    const [n, numerator, ofEach, numeratorOfEach] = [0, 1, 2, 3].map((at) =>
      CASES.reduce((total, { counts }) => total + (counts[at] ?? 0), 0),
    );
    // 15 clients of 20 count, and of 9 of them a report was received; one was referred by two, of which the second was.
    expect([n, numerator, ofEach, numeratorOfEach]).toEqual([15, 9, 16, 10]);
    expect(await numberOf('cms50')).toMatchObject({ n: 15, numerator: 9, values: { rate: 0.6 } });
    expect(await numberOf('cms50-by-referrer')).toMatchObject({ n: 16, numerator: 10, values: { rate: 0.625 } });
    // The one with an encounter of a behavioral code, and its report, beside them.
    expect(await numberOf('cms50-behavioral')).toMatchObject({ n: 16, numerator: 10, values: { rate: 0.625 } });
  });

  test('a report that an agency sends back is received: the hub keeps it as the measure looks for it, once', async () => {
    const before = await numberOf('cms50');
    const hospital = await addPartner(hub, 'St. Anna Hospital');
    const specialist = await addPartner(hub, 'Dr. Weiss', { category: 'food-insecurity' });
    const bundle = referralBundle(hospital, { performer: `Organization/${specialist.id}` });
    const [, request] = (bundle.entry ?? []).map(({ resource }) => resource);
    Object.assign(request ?? {}, { code: coded('464.1003.101.12.1046'), authoredOn: '2026-05-04' });
    await done(call('POST', hub.fhir, { token: hospital.token, body: bundle }));
    const ofSpecialist = `${hub.fhir}/Task?owner=Organization/${specialist.id}`;
    const [leg] = found<Task>(await call('GET', ofSpecialist, { token: specialist.token }));
    await post<Encounter>({
      resourceType: 'Encounter',
      status: 'finished',
      class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'AMB' },
      type: [coded('464.1003.101.12.1001')],
      subject: leg?.for as Reference<Patient>,
      period: { start: '2026-05-04T09:00:00Z', end: '2026-05-04T09:30:00Z' },
    });
    const letter = async (title: string): Promise<TaskOutput> => {
      const content = [{ attachment: { contentType: 'text/plain', title, data: 'SGVsbG8=' } }];
      const body = { resourceType: 'DocumentReference', status: 'current', subject: leg?.for, content };
      const { id } = await done(call('POST', `${hub.fhir}/DocumentReference`, { token: specialist.token, body }));
      return { type: { text: 'Report' }, valueReference: { reference: `DocumentReference/${id}` } };
    };
    const output = [await letter('Report')];
    const says = (change: Partial<Task>): Promise<unknown> =>
      done(call('PUT', `${hub.fhir}/Task/${leg?.id}`, { token: specialist.token, body: { ...leg, ...change } }));
    await says({ status: 'completed', output });
    await says({ status: 'completed', output: [...output, await letter('Addendum')] });
    const after = await numberOf('cms50');
    expect([(after?.n ?? 0) - (before?.n ?? 0), (after?.numerator ?? 0) - (before?.numerator ?? 0)]).toEqual([1, 1]);
    const kept = found<Task>(await call('GET', `${hub.fhir}/Task?patient=${leg?.for?.reference}&code=371530004`));
    expect(kept).toMatchObject([
      { status: 'completed', executionPeriod: { end: '2026-06-01T09:00:00.000Z' }, focus: output[0]?.valueReference },
    ]);
  });

  test('is told as a MeasureReport', async () => {
    const { body } = await call<MeasureReport>(
      'GET',
      `${hub.url}/api/measures?${YEAR}&measure=cms50&groupBy=sender&format=MeasureReport`,
    );
    validate(body);
    expect(body.group).toMatchObject([{ population: [{ count: 16 }, { count: 10 }], measureScore: { value: 0.625 } }]);
  });

  test.each(CASES.slice(6).map((each) => [each.what, each] as const))('one client more: %s', async (_what, each) => {
    const before = await Promise.all([numberOf('cms50'), numberOf('cms50-by-referrer')]);
    await has(each);
    const after = await Promise.all([numberOf('cms50'), numberOf('cms50-by-referrer')]);
    const more = after.flatMap((number, at) => [
      (number?.n ?? 0) - (before[at]?.n ?? 0),
      (number?.numerator ?? 0) - (before[at]?.numerator ?? 0),
    ]);
    expect(more).toEqual(each.counts);
  });
});
