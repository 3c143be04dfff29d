import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, Parameters, Patient, Practitioner } from '@medplum/fhirtypes';
import fc from 'fast-check';
import { SUBSETTED, subsetted } from '../../../src/fhir/sharing/subsetted.ts';
import { shownBy } from '../../../src/fhir/sharing/trimming/demographics.ts';
import { shownTo, trimmedWith } from '../../../src/fhir/sharing/trimming/trimmed.ts';
import { call, done, found } from '../../support/api.ts';
import { databaseKinds } from '../../support/database.ts';
import { closeHealthy } from '../../support/healthy.ts';
import { type StartedHub, startHub } from '../../support/hub.ts';
import { addPartner, type Partner } from '../../support/network.ts';
import { MRN, records, words } from '../../unit/fhir/sharing/records.ts';
import { aClient, FOR_RIDES, forRides, policyOf, RIDES, refer, type Told } from './clients.ts';

// shown.test.ts is of another store, where there is one.
const [kind = 'embedded'] = databaseKinds();

describe('of what is trimmed nothing can be inferred:', () => {
  let hub: StartedHub;
  let hospital: Partner;
  let driver: Partner;
  let doctor: string;
  const client = aClient();
  const other = aClient();
  let told: Told;
  /** A record of its own that says what it is shown: whatever it asks, both must answer alike. */
  let twin: string;
  let ids: string[];

  beforeAll(async () => {
    hub = await startHub(kind, { settings: { POLICIES_DIR: policyOf(FOR_RIDES) } });
    hospital = await addPartner(hub, 'St. Anna Hospital');
    driver = await addPartner(hub, 'Rides', { category: RIDES });
    const doctors = await done<Practitioner>(
      call('POST', `${hub.fhir}/Practitioner`, { body: { resourceType: 'Practitioner', name: [{ family: 'Who' }] } }),
    );
    doctor = `Practitioner/${doctors.id}`;
    const kept = {
      generalPractitioner: [{ reference: doctor }],
      managingOrganization: { reference: `Organization/${hospital.id}` },
    };
    told = await refer(hub, hospital, { ...client, ...kept }, { category: RIDES });
    // Of the two the one that comes first by its telephone comes last by its marriage.
    const others = await refer(
      hub,
      hospital,
      { ...other, ...kept, maritalStatus: { text: 'Annulled' } },
      { category: RIDES },
    );
    ids = [told, others].map(({ patient }) => patient.split('/')[1] ?? '');
    const own = { resourceType: 'Patient', ...forRides(client) };
    twin = `Patient/${(await done(call('POST', `${hub.fhir}/Patient`, { token: driver.token, body: own }))).id}`;
    for (const reference of [told.patient, twin])
      await done(
        call('POST', `${hub.fhir}/Observation`, {
          token: driver.token,
          body: { resourceType: 'Observation', status: 'final', code: { text: 'Ride' }, subject: { reference } },
        }),
      );
  });
  afterAll(() => closeHealthy(hub, false));

  const ask = (path: string, by: Partner = driver): Promise<{ status: number; body: unknown; headers: Headers }> =>
    call('GET', `${hub.fhir}/${path}`, { token: by.token });
  /** How many answers a search gives that asks for one record by what is said of it. */
  const counted = async (search: (whose: string) => string, by?: Partner): Promise<number[]> =>
    Promise.all([told.patient, twin].map(async (whose) => found((await ask(search(whose), by)) as never).length));
  const idOf = (name: string): string => name.split('/')[1] ?? '';

  /** What is not shown at all. */
  const HIDDEN = [
    'phone=555-0177-1',
    'telecom=phone%7C555-0177-1',
    'telecom=555-0177-1',
    'gender=other',
    'gender:not=female',
    'gender:missing=false',
    'gender:missing=true',
    'phone:missing=false',
    'phone:missing=true',
    'identifier=900-11-1001',
    'identifier=http://hl7.org/fhir/sid/us-ssn%7C900-11-1001',
    'identifier=http://hl7.org/fhir/sid/us-ssn%7C',
    'general-practitioner:missing=true',
    'general-practitioner:Practitioner.name=Who',
    'organization.name=St',
    'organization:missing=false',
  ];
  /** What is shown whole. */
  const SHOWN = [
    'family=Client1',
    'name=robin',
    'name:contains=lient',
    'language:missing=false',
    `identifier=${MRN}%7Cmrn-1`,
    'name:missing=true',
  ];

  test.each([...HIDDEN, ...SHOWN])('a search for %s', async (query) => {
    const [whole, part] = await counted((whose) => `Patient?_id=${idOf(whose)}&${query}`);
    expect({ query, whole }).toEqual({ query, whole: part });
    const [chained, own] = await counted((whose) => `Observation?subject=${whose}&subject:Patient.${query}`);
    expect({ query, chained }).toEqual({ query, chained: own });
    const total = async (whose: string): Promise<unknown> =>
      ((await ask(`Patient?_id=${idOf(whose)}&${query}&_summary=count`)).body as Bundle).total;
    expect(await total(told.patient)).toBe(await total(twin));
  });

  test('and who sent it finds it by most of these', async () => {
    const telling: string[] = [];
    for (const query of [...HIDDEN, ...SHOWN]) {
      const [hit] = await counted((whose) => `Patient?_id=${idOf(whose)}&${query}`, hospital);
      if (hit === 1) telling.push(query);
    }
    expect(telling).toHaveLength(HIDDEN.length + SHOWN.length - 4);
  });

  test.each([
    'birthdate=1957-05-07',
    'birthdate=lt1957-06-01',
    'birthdate=ge1957-05-07',
    'address=Larkspur',
    'address-city=Farhaven',
    'address-postalcode=98765',
    'identifier=mrn-1',
    'identifier:of-type=a%7Cb%7Cmrn-1',
  ])('what is shown in part finds nobody: %s', async (query) => {
    expect(found((await ask(`Patient?_id=${ids[0]}&${query}`)) as never)).toEqual([]);
    expect(found((await ask(`Observation?subject=${told.patient}&subject:Patient.${query}`)) as never)).toEqual([]);
  });

  test('from what it refers to nobody is led to it', async () => {
    const ways = [
      `Practitioner?_id=${idOf(doctor)}&_has:Patient:general-practitioner:family=Client1`,
      `${doctor}/Patient`,
      `${doctor}/*`,
      `Organization?_id=${hospital.id}&_has:Patient:organization:family=Client1`,
    ];
    for (const way of ways) {
      expect({
        way,
        found: found<Patient>((await ask(way)) as never).filter(
          ({ resourceType }) => way.includes('_has') || resourceType === 'Patient',
        ),
      }).toEqual({ way, found: [] });
    }
    const brought = await ask(
      `Practitioner?_id=${idOf(doctor)}&_revinclude=Patient:general-practitioner&_revinclude=Patient:organization`,
    );
    expect((brought.body as Bundle).entry).toHaveLength(1);
    const theirs = await ask(`Practitioner?_id=${idOf(doctor)}&_revinclude=Patient:general-practitioner`, hospital);
    expect((theirs.body as Bundle).entry).toHaveLength(3);
  });

  test('results come in no order of it, on no page', async () => {
    const order = async (sort: string): Promise<string[]> => {
      const all: string[] = [];
      for (let path = `Patient?_id=${ids.join()}&_count=1&_sort=${sort}`; path !== ''; ) {
        const { body } = await ask(path);
        all.push(...found<Patient>({ body } as never).map(({ id }) => id));
        const next = (body as Bundle).link?.find(({ relation }) => relation === 'next')?.url ?? '';
        path = next.slice(hub.fhir.length + 1);
      }
      return all;
    };
    // Nobody has died: it orders nothing.
    const [up, down] = [await order('death-date'), await order('-death-date')];
    for (const by of [
      'phone',
      'gender',
      'birthdate',
      'address',
      'identifier',
      'organization',
      'general-practitioner',
    ]) {
      expect({ by, up: await order(by) }).toEqual({ by, up });
      expect({ by, down: await order(`-${by}`) }).toEqual({ by, down });
    }
    expect(await order('family')).toEqual(ids);
  });

  test('nobody is matched by it, and no condition is met by it', async () => {
    const match = async (resource: object): Promise<unknown[]> => {
      const body = {
        resourceType: 'Parameters',
        parameter: [{ name: 'resource', resource: { resourceType: 'Patient', ...resource } }],
      } as Parameters;
      return found(await call('POST', `${hub.fhir}/Patient/$match`, { token: driver.token, body }));
    };
    // By its name alone it is one of two; the right telephone number, or day of birth, tells nothing more.
    const name = [{ family: 'Client1', given: ['Robin'] }];
    const scores = async (more: object): Promise<unknown> => (await match({ name, ...more })).length;
    expect(await match({ telecom: client.telecom })).toEqual([]);
    expect(await match({ identifier: [client.identifier?.[1]] })).toEqual([]);
    expect(await scores({ telecom: client.telecom })).toBe(
      await scores({ telecom: [{ system: 'phone', value: '555-9' }] }),
    );
    const created = async (condition: string): Promise<number> => {
      const headers = { 'if-none-exist': condition };
      const body = { resourceType: 'Patient', name: [{ family: 'New' }] };
      return (await call('POST', `${hub.fhir}/Patient`, { token: driver.token, headers, body })).status;
    };
    for (const condition of ['telecom=555-0177-1', 'identifier=900-11-1001', 'birthdate=1957-05-07&gender=other'])
      expect(await created(condition)).toBe(201);
    expect(await created(`identifier=${MRN}|mrn-2`)).toBe(200);
  });

  test('that a part is one is said of it, and is no tag to search by; nor does a part take the place of the whole', async () => {
    const by = `_id=${ids.join()}`;
    for (const [token, parts] of [
      [driver.token, true],
      [hospital.token, false],
    ] as const) {
      const all = found<Patient>(await call('GET', `${hub.fhir}/Patient?${by}`, { token }));
      expect(all.map(({ meta }) => meta?.tag !== undefined)).toEqual([parts, parts]);
      const asked = async (tag: string): Promise<number> =>
        found(await call('GET', `${hub.fhir}/Patient?${by}&${tag}`, { token })).length;
      const codes = ['_tag=SUBSETTED', `_tag=${SUBSETTED.system}|SUBSETTED`, '_tag:not=SUBSETTED'];
      expect(await Promise.all(codes.map(asked))).toEqual([0, 0, 2]);
    }
    const [part] = found<Patient>(await call('GET', `${hub.fhir}/Patient?_id=${ids[0]}&_elements=name`, hospital));
    const put = await call('PUT', `${hub.fhir}/${told.patient}`, { token: hospital.token, body: part });
    const text = `This is a part of ${told.patient}: it is marked SUBSETTED. Read the whole, without _elements and _summary, change that, and send it; or send a patch.`;
    expect(put).toMatchObject({ status: 422, body: { issue: [{ details: { text } }] } });
    const whole = await done<Patient>(call('GET', `${hub.fhir}/${told.patient}`, { token: hospital.token }));
    expect(whole).toMatchObject({ telecom: client.telecom, meta: { versionId: '1' } });
  });

  test('what statements leave is what the functions leave, and what they note is what the functions note', async () => {
    const { db } = hub.deps;
    const lists = fc.option(words.map(shownBy), { nil: null });
    const one = async (sql: string, ...values: unknown[]): Promise<unknown> =>
      (await db.query<{ it: unknown }>(`SELECT ${sql} AS it`, values))[0]?.it ?? null;
    await fc.assert(
      fc.asyncProperty(records, lists, lists, lists, async (record, label, first, second) => {
        const said = { ...record, meta: record.meta ?? {} };
        const elements = first ?? shownBy([]);
        expect(await one('subsetted($1::json, $2::text[])', JSON.stringify(said), elements)).toEqual(
          subsetted(said, elements),
        );
        const trimmed = first && { a: first };
        expect(await one('shown_to($1::text[], $2::jsonb, $3)', label, JSON.stringify(trimmed), 'a')).toEqual(
          shownTo(label, trimmed, 'a') ?? null,
        );
        const given = second ? { a: second } : {};
        for (const readers of [['x'], ['x', 'a']])
          expect(
            await one(
              'trimmed_with($1::jsonb, $2::text[], $3::text[], $4::jsonb)',
              trimmed && JSON.stringify(trimmed),
              readers,
              ['a'],
              JSON.stringify(given),
            ),
          ).toEqual(trimmedWith(trimmed, readers, new Map([['a', second ?? undefined]])));
      }),
      { numRuns: 60 },
    );
  });
});
