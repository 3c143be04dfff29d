import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, BundleEntry, OperationOutcome, Resource } from '@medplum/fhirtypes';
import { type Answer, call, done, texts } from '../../support/api.ts';
import { createClock } from '../../support/clock.ts';
import { databaseKinds } from '../../support/database.ts';
import { startHub, type TestHub } from '../../support/hub.ts';

const MANY = 1_200;

describe.each(databaseKinds())('Patient/$everything (%s)', (kind) => {
  const clock = createClock('2026-03-01T12:00:00Z');
  let hub: TestHub;
  const named: Record<string, string> = {};
  beforeAll(async () => {
    hub = await startHub(kind, { now: clock.now });
    const add = async (name: string, resource: Resource): Promise<void> => {
      const { id } = await done(call('POST', `${hub.fhir}/${resource.resourceType}`, { body: resource }));
      named[name] = `${resource.resourceType}/${id}`;
    };
    const at = (name: string): { reference: string } => ({ reference: named[name] ?? '' });
    await add('clinic', { resourceType: 'Organization', name: 'Clinic' });
    await add('stranger', { resourceType: 'Organization', name: 'Another' });
    await add('ward', { resourceType: 'Location', name: 'Ward', managingOrganization: at('clinic') as object });
    await add('doctor', { resourceType: 'Practitioner' });
    await add('role', {
      resourceType: 'PractitionerRole',
      practitioner: at('doctor') as object,
      organization: at('clinic') as object,
    });
    await add('drug', { resourceType: 'Medication', code: { text: 'drug' } });
    await add('omar', { resourceType: 'Patient', birthDate: '1980-01-01' });
    await add('asa', { resourceType: 'Patient', link: [{ other: at('omar') as object, type: 'seealso' }] });
    const subject = at('asa') as object;
    await add('visit', {
      resourceType: 'Encounter',
      status: 'finished',
      class: { code: 'AMB' },
      subject,
      period: { start: '2025-01-10', end: '2025-01-20' },
      location: [{ location: at('ward') as object }],
    });
    await add('illness', { resourceType: 'Condition', subject, onsetDateTime: '2020-01-01' });
    await add('over', {
      resourceType: 'Condition',
      subject,
      onsetDateTime: '2020-01-01',
      abatementDateTime: '2020-02-01',
      clinicalStatus: {
        coding: [{ system: 'http://terminology.hl7.org/CodeSystem/condition-clinical', code: 'resolved' }],
      },
    });
    await add('prescription', {
      resourceType: 'MedicationRequest',
      status: 'active',
      intent: 'order',
      subject,
      authoredOn: '2025-06-01',
      medicationReference: at('drug') as object,
      requester: at('role') as object,
    });
    await add('meeting', {
      resourceType: 'Appointment',
      status: 'booked',
      start: '2026-01-01T10:00:00Z',
      end: '2026-01-01T11:00:00Z',
      participant: ['asa', 'omar'].map((who) => ({ actor: at(who) as object, status: 'accepted' as const })),
    });
    await add('task', { resourceType: 'Task', status: 'draft', intent: 'plan', for: subject, focus: at('illness') });
    await add('others', {
      resourceType: 'Observation',
      status: 'final',
      code: { text: 'x' },
      subject: at('omar') as object,
      effectiveDateTime: '2025-01-15',
    });
    await add('deleted', { resourceType: 'Flag', status: 'active', code: { text: 'x' }, subject });
    await done(call('DELETE', `${hub.fhir}/${named.deleted}`));
  });
  afterAll(() => hub?.close());

  const nameOf = ({ resource }: BundleEntry): string => {
    const address = `${resource?.resourceType}/${resource?.id}`;
    return Object.keys(named).find((name) => named[name] === address) ?? address;
  };
  const pages = async (query: string): Promise<Bundle[]> => {
    const all: Bundle[] = [];
    for (let next: string | undefined = `${hub.fhir}/${query}`; next; ) {
      const { status, body }: Answer<Bundle> = await call<Bundle>('GET', next);
      if (status !== 200) throw new Error(JSON.stringify(body));
      all.push(body);
      next = body.link?.find(({ relation }) => relation === 'next')?.url;
    }
    return all;
  };
  const names = async (query: string): Promise<string[]> =>
    (await pages(query)).flatMap(({ entry = [] }) => entry.map(nameOf)).sort();
  const everything = (query = '', who = 'asa'): Promise<string[]> => names(`${named[who]}/$everything${query}`);

  const OWN = ['asa', 'illness', 'meeting', 'over', 'prescription', 'task', 'visit'];
  const REFERRED = ['clinic', 'doctor', 'drug', 'role', 'ward'];

  test('is the patient, what is about the patient, and whom and what that refers to; nobody else', async () => {
    expect(await everything()).toEqual([...OWN, ...REFERRED].sort());
    const [page] = await pages(`${named.asa}/$everything`);
    expect(page).toMatchObject({
      resourceType: 'Bundle',
      type: 'searchset',
      link: [{ relation: 'self', url: `${hub.fhir}/${named.asa}/$everything` }],
    });
    expect(page?.entry?.[0]).toMatchObject({ fullUrl: `${hub.fhir}/${named.asa}`, search: { mode: 'match' } });
    expect(
      page?.entry
        ?.filter(({ search }) => search?.mode === 'include')
        .map(nameOf)
        .sort(),
    ).toEqual(REFERRED);
    expect(await everything('', 'omar')).toEqual(['meeting', 'omar', 'others']);
  });

  test.each<[string, string[]]>([
    ['?_type=Condition,Task', ['illness', 'over', 'task']],
    ['?_type=Practitioner&_type=Patient', ['asa', 'doctor']],
    ['?start=2025-01-15&end=2025-01', [...REFERRED, 'asa', 'illness', 'task', 'visit']],
    ['?start=2026', [...REFERRED, 'asa', 'illness', 'meeting', 'task']],
    ['?end=2020-01-15', [...REFERRED, 'asa', 'illness', 'over', 'task']],
    ['?_since=2026-03-01T12:00:00.001Z', []],
  ])('can be narrowed by %s', async (query, wanted) => {
    expect(await everything(query)).toEqual([...wanted].sort());
  });

  test('takes its parameters from a POST too', async () => {
    const parameter = [
      { name: '_type', valueCode: 'Task' },
      { name: '_count', valueInteger: 1 },
      { name: 'start', valueDate: '2020-01-01' },
    ];
    const answer = await call<Bundle>('POST', `${hub.fhir}/${named.asa}/$everything`, {
      body: { resourceType: 'Parameters', parameter },
    });
    expect(answer.body.entry?.map(nameOf)).toEqual(['task']);
  });

  test('refuses what is no simple value rather than leave it out', async () => {
    const parameter = [{ name: '_type', valueCoding: { code: 'Condition' } }];
    const answer = await call('POST', `${hub.fhir}/${named.asa}/$everything`, {
      body: { resourceType: 'Parameters', parameter },
    });
    expect([answer.status, texts(answer)]).toEqual([400, ['The parameter "_type" must have a simple value.']]);
  });

  test('comes in one form, page after page', async () => {
    const [page] = await pages(`${named.asa}/$everything?_count=1&_format=json&_pretty=true`);
    const next = page?.link?.find(({ relation }) => relation === 'next')?.url ?? '';
    expect(new URL(next).search).toContain('_format=json&_pretty=true');
  });

  test('of the type is that of each patient in turn', async () => {
    const all = (await pages('Patient/$everything?_count=3')).map(({ entry = [] }) => entry.map(nameOf));
    for (const page of all) expect(new Set(page).size).toBe(page.length);
    expect([...new Set(all.flat())].sort()).toEqual([...OWN, ...REFERRED, 'omar', 'others'].sort());
    expect(all.flat().filter((name) => name !== 'meeting')).toHaveLength(13);
  });

  test.each<[string, string]>([
    ['_type=Nothing', 'The parameter "_type" cannot be understood. Name R4 types, e.g. _type=Observation,Condition.'],
    [
      'start=soon',
      'The parameter "start" cannot be understood. Write a FHIR date, e.g. 2026-11-22 or 2026-11-22T10:00:00Z.',
    ],
    [
      'start=2026-03&end=2026-01',
      'The parameter "end" cannot be understood. It lies before "start": nothing is within such a time.',
    ],
    ['code=x', 'The parameter "code" is not served here. There are: start, end, _since, _type, _count, _cursor.'],
    ['_count=1&_count=2', 'Give the parameter "_count" once.'],
    ['_count=0', 'The parameter "_count" cannot be understood. Write a whole number, 1 or more.'],
    ['_cursor=x', 'The parameter "_cursor" cannot be understood. Follow the "next" link of a page as it is.'],
    [
      `_cursor=${Buffer.from('["other",0,"",""]').toString('base64url')}`,
      'The parameter "_cursor" cannot be understood. Follow the "next" link of a page as it is.',
    ],
    [
      `_cursor=${Buffer.from('null').toString('base64url')}`,
      'The parameter "_cursor" cannot be understood. Follow the "next" link of a page as it is.',
    ],
  ])('refuses %s', async (query, text) => {
    const { status, body } = await call('GET', `${hub.fhir}/${named.asa}/$everything?${query}`);
    expect([status, (body as OperationOutcome).issue[0]?.details?.text]).toEqual([400, text]);
  });

  test('is 404 for a patient that is not here, and 410 for one that was deleted', async () => {
    expect((await call('GET', `${hub.fhir}/Patient/none/$everything`)).status).toBe(404);
    const { id } = await done(call('POST', `${hub.fhir}/Patient`, { body: { resourceType: 'Patient' } }));
    await done(call('DELETE', `${hub.fhir}/Patient/${id}`));
    expect((await call('GET', `${hub.fhir}/Patient/${id}/$everything`)).status).toBe(410);
  });

  test(`of ${MANY} resources comes in pages that hold each once and leave none out, while others write`, async () => {
    const { id } = await done(call('POST', `${hub.fhir}/Patient`, { body: { resourceType: 'Patient' } }));
    const wanted = new Set([`Patient/${id}`, named.doctor]);
    const write = async (count: number): Promise<string[]> => {
      const entry = Array.from({ length: count }, (_, at) => {
        const performer = at % 100 === 0 ? [{ reference: named.doctor }] : [];
        const resource = {
          resourceType: 'Observation',
          status: 'final',
          code: { text: 'x' },
          subject: { reference: `Patient/${id}` },
          ...(performer.length > 0 ? { performer } : {}),
        };
        return { request: { method: 'POST', url: 'Observation' }, resource };
      });
      const answer = await done<Bundle>(
        call('POST', hub.fhir, { body: { resourceType: 'Bundle', type: 'transaction', entry } }),
      );
      return (answer.entry ?? []).map(({ response }) => response?.location?.match(/Observation\/[^/]+/)?.[0] ?? '');
    };
    for (let written = 0; written < MANY; written += 200) for (const address of await write(200)) wanted.add(address);
    const seen: string[] = [];
    let count = 0;
    for (let next: string | undefined = `${hub.fhir}/Patient/${id}/$everything?_count=97`; next; count += 1) {
      const { body }: Answer<Bundle> = await call<Bundle>('GET', next);
      expect(body.entry?.length).toBeLessThanOrEqual(97);
      seen.push(...(body.entry ?? []).map(({ resource }) => `${resource?.resourceType}/${resource?.id}`));
      next = body.link?.find(({ relation }) => relation === 'next')?.url;
      if (count === 3) await write(5);
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect([...wanted].filter((address) => !seen.includes(address as string))).toEqual([]);
    expect(seen.length - wanted.size).toBeLessThanOrEqual(5);
    expect(count).toBe(Math.ceil(seen.length / 97));
  });
});
