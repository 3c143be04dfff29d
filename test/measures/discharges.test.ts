import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Condition, Encounter, MeasureReport, Patient } from '@medplum/fhirtypes';
import { validate } from '../../src/fhir/validate/validate.ts';
import type { Measures } from '../../src/measures/api.ts';
import { loadWindows } from '../../src/measures/discharges/windows.ts';
import { call, done, texts } from '../support/api.ts';
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

/** Of codes that nobody uses: the real ones are licensed, and stored by who runs the hub. */
const REASONS = 'https://hub.example/ValueSet/reasons';
const VISITS = 'https://hub.example/ValueSet/visits';
const CODES = 'https://hub.example/codes';
const OWN = {
  id: 'after-emergency-7',
  title: 'Seen within 7 days after an emergency visit',
  source: 'An agreement',
  of: {
    classes: ['EMER'],
    reasons: REASONS,
    fromAge: 6,
    unless: { classes: ['IMP', 'ACUTE'], withinDays: 30 },
    onceInDays: 31,
  },
  followedBy: { classes: ['AMB'], types: VISITS },
  within: { days: 7 },
  sameDay: true,
};

interface Had {
  readonly code: 'EMER' | 'AMB' | 'IMP';
  readonly on: string;
  readonly reason?: string;
  readonly type?: string;
  /** The code and the rank of a diagnosis. */
  readonly diagnosis?: readonly [string, number];
}

const emergency: Had = { code: 'EMER', on: '2026-03-06T12:00:00Z', reason: 'storm' };
const seen = (on: string, type = 'talk'): Had => ({ code: 'AMB', on, type });

/** What clients had: how many such clients, how many of their emergency visits count, and after how many they were seen. */
const CLIENTS: readonly (readonly [
  what: string,
  clients: number,
  n: number,
  numerator: number,
  had: readonly Had[],
  born?: string,
])[] = [
  ['seen on the 7th day', 6, 1, 1, [emergency, seen('2026-03-13T23:00:00Z')]],
  ['seen on the same day, later', 2, 1, 1, [emergency, seen('2026-03-06T15:00:00Z')]],
  ['seen on the 8th day', 4, 1, 0, [emergency, seen('2026-03-14T00:00:00Z')]],
  ['seen for something else', 1, 1, 0, [emergency, seen('2026-03-09T09:00:00Z', 'teeth')]],
  [
    'of that diagnosis',
    1,
    1,
    1,
    [{ ...emergency, reason: 'rain', diagnosis: ['storm', 1] }, seen('2026-03-09T09:00:00Z')],
  ],
  ['of that diagnosis, beside another', 1, 0, 0, [{ ...emergency, reason: 'rain', diagnosis: ['storm', 2] }]],
  ['for another reason', 1, 0, 0, [{ ...emergency, reason: 'rain' }]],
  ['six years old on that day', 1, 1, 0, [emergency], '2020-03-06'],
  ['not yet six years old', 1, 0, 0, [emergency], '2020-03-07'],
  ['taken in within 30 days', 1, 0, 0, [emergency, { code: 'IMP', on: '2026-04-05T23:00:00Z' }]],
  ['taken in after 31', 1, 1, 0, [emergency, { code: 'IMP', on: '2026-04-06T00:00:00Z' }]],
  // Of three the second is within 31 days of the first; the third is not.
  [
    'there three times',
    1,
    2,
    0,
    ['2026-03-02', '2026-03-20', '2026-04-02'].map((day) => ({ ...emergency, on: `${day}T12:00:00Z` })),
  ],
];

describe('a window of one’s own, of codes of one’s own', () => {
  let hub: TestHub;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'careloop-measures-'));
    await writeFile(join(folder, 'own.json'), JSON.stringify([OWN]));
    const now = createClock('2026-06-01T00:00:00Z').now;
    hub = await startHub(databaseKinds().at(-1) ?? 'embedded', { now, settings: { MEASURES_DIR: folder } });
  });
  afterAll(async () => {
    await hub?.close();
    if (folder) await rm(folder, { recursive: true });
  });

  const post = <R extends { resourceType: string }>(body: R): Promise<{ id: string }> =>
    done(call('POST', `${hub.fhir}/${body.resourceType}`, { body }));
  const coded = (code: string): { coding: { system: string; code: string }[] } => ({
    coding: [{ system: CODES, code }],
  });
  const has = async (subject: { reference: string }, { code, on, reason, type, diagnosis }: Had): Promise<void> => {
    const condition =
      diagnosis && (await post<Condition>({ resourceType: 'Condition', subject, code: coded(diagnosis[0]) }));
    await post<Encounter>({
      resourceType: 'Encounter',
      status: 'finished',
      class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code },
      subject,
      period: { start: on, end: on },
      ...(type ? { type: [coded(type)] } : {}),
      ...(reason ? { reasonCode: [coded(reason)] } : {}),
      ...(condition
        ? { diagnosis: [{ condition: { reference: `Condition/${condition.id}` }, rank: diagnosis?.[1] ?? 1 }] }
        : {}),
    });
  };
  const ask = (): ReturnType<typeof call<Measures>> =>
    call<Measures>('GET', `${hub.url}/api/measures?from=2026-03-01&to=2026-05-01&measure=${OWN.id}`);

  test('is refused while its codes are not here, which it names, and says what it counts', async () => {
    const answer = await ask();
    expect([answer.status, texts(answer)]).toEqual([
      422,
      [REASONS, VISITS].map((url) => `The ValueSet ${url} is not stored here, or not with its codes.`),
    ]);
    const { body } = await call<{ title: string; description: string }>('GET', `${hub.url}/api/measures/${OWN.id}`);
    expect([body.title, body.description]).toEqual([
      OWN.title,
      `Of encounters of class EMER (finished) that ended in the period, of clients of 6 years or more, with a principal diagnosis or reason of ${REASONS}, ` +
        'without those followed by another of class IMP or ACUTE within 30 days, of each client the first in 31 days: those after which there was one ' +
        `(finished Encounter of class AMB), of a type of ${VISITS} by the end of day 7 after. Days are those of UTC. ` +
        'Windows that are not over, with nothing in them yet, are counted beside it (open).',
    ]);
  });

  test('counts what is worked out by hand, once the codes are stored', async () => {
    for (const [url, code] of [
      [REASONS, 'storm'],
      [VISITS, 'talk'],
    ]) {
      const compose = { include: [{ system: CODES, concept: [{ code }] }] };
      await post({ resourceType: 'ValueSet', url, status: 'active', compose });
    }
    for (const [, clients, , , had, birthDate = '1980-05-01'] of CLIENTS) {
      for (let n = 0; n < clients; n++) {
        const { id } = await post<Patient>({ resourceType: 'Patient', birthDate });
        for (const each of had) await has({ reference: `Patient/${id}` }, each);
      }
    }
    const total = (at: 2 | 3): number => CLIENTS.reduce((sum, each) => sum + each[1] * each[at], 0);
    // 6 + 2 + 4 + 1 + 1 + 1 + 1 + 2 visits count, and after 6 + 2 + 1 of them they were seen.
    expect([total(2), total(3)]).toEqual([18, 9]);
    expect((await ask()).body.measures[0]?.numbers).toMatchObject([
      { n: 18, numerator: 9, open: 0, values: { rate: 0.5 } },
    ]);
  });

  test('that is written wrongly is refused with its file and place', async () => {
    const wrong = [
      { ...OWN, id: 'Not so', within: { weeks: 1 } },
      { ...OWN, of: { classes: [], from: 6 } },
    ];
    const own = join(folder, 'own.json');
    await writeFile(own, JSON.stringify(wrong));
    expect(() => loadWindows(`${folder},/no/such/folder`)).toThrow(
      [
        'The measures cannot be used:',
        '  /no/such/folder: There is no such folder.',
        `  ${own}: $[0].id: Write small letters, digits and hyphens, 40 at most.`,
        `  ${own}: $[0].within: Write { "days": 7 } or { "businessDays": 2 }.`,
      ].join('\n'),
    );
    expect(() => loadWindows(folder)).toThrow(
      /\$\[1\]\.of: Unknown: from\. Allowed: classes, reasons, fromAge, unless, onceInDays\./,
    );
    await writeFile(own, '[\n  { "id": "own", }\n]');
    expect(() => loadWindows(folder)).toThrow(
      `  ${own}: $: Not JSON: in line 2, column 18, the name of a property is expected, in double quotes.`,
    );
    const { source: _source, sameDay: _sameDay, ...lacking } = OWN;
    await writeFile(own, JSON.stringify([lacking]));
    expect(() => loadWindows(folder)).toThrow(
      `  ${own}: $[0].source: [0].source is missing. Send a text, in quotation marks.`,
    );
  });
});
