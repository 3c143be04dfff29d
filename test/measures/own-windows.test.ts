import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Condition, Encounter, Observation, Patient, ServiceRequest } from '@medplum/fhirtypes';
import type { Measures } from '../../src/measures/api.ts';
import { loadWindows } from '../../src/measures/discharges/windows.ts';
import { call, done, texts } from '../support/api.ts';
import { createClock } from '../support/clock.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import {
  CLIENTS,
  CODES,
  coded,
  did,
  FURTHER,
  type Had,
  type Of,
  OWN,
  REASONS,
  SAID,
  said,
  seen,
  VISITS,
  valueSet,
} from './own-windows.ts';

describe('a window of one’s own, of codes of one’s own', () => {
  let hub: TestHub;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'careloop-measures-'));
    await writeFile(join(folder, 'own.json'), JSON.stringify([OWN, ...FURTHER]));
    const now = createClock('2026-06-01T00:00:00Z').now;
    hub = await startHub(databaseKinds().at(-1) ?? 'embedded', { now, settings: { MEASURES_DIR: folder } });
  });
  afterAll(async () => {
    await hub?.close();
    if (folder) await rm(folder, { recursive: true });
  });

  const post = <R extends { resourceType: string }>(body: R): Promise<{ id: string }> =>
    done(call('POST', `${hub.fhir}/${body.resourceType}`, { body }));
  const has = async (
    subject: { reference: string },
    { code, on, from = on, reason, type, diagnosis }: Had,
  ): Promise<void> => {
    const condition =
      diagnosis && (await post<Condition>({ resourceType: 'Condition', subject, code: coded(diagnosis[0]) }));
    await post<Encounter>({
      resourceType: 'Encounter',
      status: 'finished',
      class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code },
      subject,
      period: { start: from, end: on },
      ...(type ? { type: [coded(type)] } : {}),
      ...(reason ? { reasonCode: [coded(reason)] } : {}),
      ...(condition
        ? { diagnosis: [{ condition: { reference: `Condition/${condition.id}` }, rank: diagnosis?.[1] ?? 1 }] }
        : {}),
    });
  };
  const ask = (id = OWN.id): ReturnType<typeof call<Measures>> =>
    call<Measures>('GET', `${hub.url}/api/measures?from=2026-03-01&to=2026-05-01&measure=${id}`);
  const storeCodes = async (sets: readonly (readonly [url: string, code: string])[]): Promise<void> => {
    for (const [url, code] of sets) {
      const compose = { include: [{ system: CODES, concept: [{ code }] }] };
      await post({ resourceType: 'ValueSet', url, status: 'active', compose });
    }
  };
  const aClient = async (birthDate: string): Promise<{ reference: string }> => {
    const { id } = await post<Patient>({ resourceType: 'Patient', birthDate });
    return { reference: `Patient/${id}` };
  };

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
    await storeCodes([
      [REASONS, 'storm'],
      [VISITS, 'talk'],
    ]);
    for (const [, clients, , , had, birthDate = '1980-05-01'] of CLIENTS) {
      for (let n = 0; n < clients; n++) {
        const client = await aClient(birthDate);
        for (const each of had) await has(client, each);
      }
    }
    const total = (at: 2 | 3): number => CLIENTS.reduce((sum, each) => sum + each[1] * each[at], 0);
    // 6 + 2 + 4 + 1 + 1 + 1 + 1 + 2 visits count, and after 6 + 2 + 1 of them they were seen.
    expect([total(2), total(3)]).toEqual([18, 9]);
    expect((await ask()).body.measures[0]?.numbers).toMatchObject([
      { n: 18, numerator: 9, open: 0, values: { rate: 0.5 } },
    ]);
    // Neither of the six years old; of the 17 also those on the 8th day, and none of another type: 6 + 2 + 4 + 1.
    expect((await ask('overdose-30')).body.measures[0]?.numbers).toMatchObject([{ n: 17, numerator: 13 }]);
  });

  /*
   * Twelve grown-ups, and one of 17 years, are in hospital from March 1, 9:00, until March 6, 12:00:
   *
   *        notice of admission  summary         visit           medication reconciled
   *   6    March 3, 23:00       March 8, 23:00  March 7         on that day, later
   *   3    March 4, 0:00        March 9, 0:00   on that day     April 5, 23:00
   *   3    -                    -               -               April 6, 0:00
   *   1    as the first six; 17 years old
   */
  test('of a stay: that its begin and its end are told, that somebody is seen, that medication is reconciled', async () => {
    await storeCodes(['notice', 'summary', 'reconciled'].map((code) => [valueSet(code), code]));
    const stay: Had = { code: 'IMP', on: '2026-03-06T12:00:00Z' };
    const soon = [
      said('notice', '2026-03-03T23:00:00Z'),
      said('summary', '2026-03-08T23:00:00Z'),
      seen('2026-03-07T09:00:00Z'),
      did('reconciled', '2026-03-06T15:00:00Z'),
    ];
    const late = [
      said('notice', '2026-03-04T00:00:00Z'),
      said('summary', '2026-03-09T00:00:00Z'),
      seen('2026-03-06T15:00:00Z'),
      did('reconciled', '2026-04-05T23:00:00Z'),
    ];
    for (const [clients, birthDate, then] of [
      [6, '1980-05-01', soon],
      [3, '1980-05-01', late],
      [3, '1980-05-01', [did('reconciled', '2026-04-06T00:00:00Z')]],
      [1, '2008-03-07', soon],
    ] as const) {
      for (let n = 0; n < clients; n++) {
        const client = await aClient(birthDate);
        await has(client, { ...stay, from: '2026-03-01T09:00:00Z' });
        for (const each of then) await ('on' in each ? has(client, each) : post({ ...each, subject: client }));
      }
    }
    const worked = { 'admission-told': 6, 'discharge-told': 6, 'engaged-30': 6, 'reconciled-30': 9 };
    for (const [id, numerator] of Object.entries(worked)) {
      // Of those above two more were taken in, of whom nothing is known.
      expect([id, (await ask(id)).body.measures[0]?.numbers]).toMatchObject([id, [{ n: 14, numerator, open: 0 }]]);
    }
  });

  /*
   * Fourteen people are screened on March 6 at 12:00:
   *
   *   8  need help; a pantry is asked on April 5, 23:00 (the 30th day)
   *   2  need help; a pantry is asked on April 6
   *   1  needs help; somebody else is asked
   *   1  needs help, and again on March 16; a pantry is asked on April 10
   *   2  need none
   */
  test('of who is found to be in need, whether help was asked for', async () => {
    await storeCodes([...['screened', 'pantry'].map((code) => [valueSet(code), code] as const), [SAID, 'yes']]);
    const found = (value: string, on = '2026-03-06T12:00:00Z'): Of<Observation> => ({
      resourceType: 'Observation',
      status: 'final',
      code: coded('screened'),
      valueCodeableConcept: coded(value),
      effectiveDateTime: on,
    });
    const asked = (code: string, authoredOn: string): Of<ServiceRequest> => ({
      resourceType: 'ServiceRequest',
      status: 'active',
      intent: 'order',
      code: coded(code),
      authoredOn,
    });
    for (const [clients, ...had] of [
      [8, found('yes'), asked('pantry', '2026-04-05T23:00:00Z')],
      [2, found('yes'), asked('pantry', '2026-04-06T00:00:00Z')],
      [1, found('yes'), asked('taxi', '2026-03-09T09:00:00Z')],
      [1, found('yes'), found('yes', '2026-03-16T12:00:00Z'), asked('pantry', '2026-04-10T09:00:00Z')],
      [2, found('no'), asked('pantry', '2026-03-09T09:00:00Z')],
    ] as const) {
      for (let n = 0; n < clients; n++) {
        const subject = await aClient('1980-05-01');
        for (const each of had) await post({ ...each, subject });
      }
    }
    expect((await ask('helped-30')).body.measures[0]?.numbers).toMatchObject([{ n: 12, numerator: 8, open: 0 }]);
    const { body } = await call<{ description: string }>('GET', `${hub.url}/api/measures/helped-30`);
    expect(body.description).toBe(
      `Of observations (final) of a code of ${valueSet('screened')} with a value of ${SAID} in the period, of each client the first in 366 days: ` +
        `those after which there was one (ServiceRequest, active or completed, of a code of ${valueSet('pantry')}, by when it was authored) ` +
        'by the end of day 30 after. Days are those of UTC. Windows that are not over, with nothing in them yet, are counted beside it (open).',
    );
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
      /\$\[1\]\.of: Unknown: from\. Allowed: classes, reasons, observations, values, fromAge, unless, onceInDays\./,
    );
    await writeFile(own, JSON.stringify([{ ...OWN, of: { observations: SAID }, followedBy: { types: VISITS } }]));
    expect(() => loadWindows(folder)).toThrow(
      [
        `  ${own}: $[0].of: Write the classes of encounters; or observations with their values.`,
        `  ${own}: $[0].followedBy: Write one of classes (of encounters), documents, procedures, requests.`,
      ].join('\n'),
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
