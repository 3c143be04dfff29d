import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, CapabilityStatement, Resource } from '@medplum/fhirtypes';
import { type Answer, call, done, found, texts } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';

type Draft = readonly [name: string, resource: Readonly<Record<string, unknown>>];

const LEAST = { status: 'final', code: { text: 'x' } };

/** Resources whose references name others by `@name`. */
const DRAFTS: readonly Draft[] = [
  ['doctor', { resourceType: 'Practitioner' }],
  ['nurse', { resourceType: 'Practitioner' }],
  ['ann', { resourceType: 'Patient', generalPractitioner: [{ reference: '@doctor' }] }],
  ['bob', { resourceType: 'Patient', link: [{ other: { reference: '@ann' }, type: 'seealso' }] }],
  ['mother', { resourceType: 'RelatedPerson', patient: { reference: '@ann' } }],
  ['scale', { resourceType: 'Device', patient: { reference: '@ann' } }],
  ['visit', { resourceType: 'Encounter', status: 'finished', class: { code: 'AMB' }, subject: { reference: '@ann' } }],
  [
    'weight',
    {
      resourceType: 'Observation',
      ...LEAST,
      subject: { reference: '@ann' },
      encounter: { reference: '@visit' },
      performer: [{ reference: '@doctor' }, { reference: '@mother' }],
      device: { reference: '@scale' },
    },
  ],
  ['bobs', { resourceType: 'Observation', ...LEAST, status: 'amended', subject: { reference: '@bob' } }],
  ['hunger', { resourceType: 'Condition', subject: { reference: '@ann' }, asserter: { reference: '@mother' } }],
  ['said', { resourceType: 'Condition', subject: { reference: '@bob' }, asserter: { reference: '@ann' } }],
  ['clinic', { resourceType: 'Organization', name: 'Clinic' }],
];

describe.each(databaseKinds())('a search of a compartment (%s)', (kind) => {
  let hub: TestHub;
  const ids = new Map<string, string>();
  beforeAll(async () => {
    hub = await startHub(kind);
    for (const [name, draft] of DRAFTS) {
      const type = String(draft.resourceType);
      const text = JSON.stringify(draft).replaceAll(/"@(\w+)"/g, (_, of: string) => `"${ids.get(of)}"`);
      const { id } = await done(call('POST', `${hub.fhir}/${type}`, { body: JSON.parse(text) }));
      ids.set(name, `${type}/${id}`);
    }
  });
  afterAll(() => hub?.close());

  const url = (path: string): string =>
    `${hub.fhir}/${path.replaceAll(/@(\w+)/g, (whole, name: string) => ids.get(name) ?? whole)}`;
  const nameOf = ({ resourceType, id }: Resource): string =>
    [...ids].find(([, known]) => known === `${resourceType}/${id}`)?.[0] ?? `unknown ${id}`;
  const names = (answer: Answer): string => found<Resource>(answer).map(nameOf).sort().join(' ');

  test.each([
    ['@ann/Observation', 'weight'],
    ['@ann/Condition', 'hunger said'],
    ['@ann/Condition?asserter:RelatedPerson.patient:missing=false', 'hunger'],
    ['@ann/Observation?status=amended', ''],
    ['@bob/Observation?status=amended', 'bobs'],
    ['@ann/Patient', 'ann bob'],
    ['@bob/Patient', 'bob'],
    ['@ann/*', 'ann bob hunger mother said visit weight'],
    ['@ann/*?_type=Observation,Condition', 'hunger said weight'],
    ['@ann/*?_type=Organization', ''],
    ['@bob/*', 'bob bobs said'],
    ['@visit/Observation', 'weight'],
    ['@visit/*', 'visit weight'],
    ['@doctor/Observation', 'weight'],
    ['@doctor/*', 'ann doctor weight'],
    ['@nurse/*', 'nurse'],
    ['@mother/*', 'hunger mother weight'],
    ['@scale/*', 'scale weight'],
  ])('GET %s finds %j', async (path, wanted) => {
    const answer = await call('GET', url(path), { headers: { prefer: 'handling=strict' } });
    expect([answer.status, names(answer)]).toEqual([200, wanted]);
  });

  test.each([
    ['@ann/Condition/_search', 'hunger'],
    ['@ann/*/_search', 'hunger mother visit weight'],
    ['@ann/_search', 'hunger mother visit weight'],
  ])('POST %s finds %j', async (path, wanted) => {
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    const bob = [ids.get('bob'), ids.get('said'), ids.get('ann')].map((name) => name?.split('/')[1]).join(',');
    const answer = await call('POST', url(path), { headers: form, body: `_id:not=${bob}` });
    expect([answer.status, names(answer)]).toEqual([200, wanted]);
  });

  test('its pages lead on within it', async () => {
    const first = await call<Bundle>('GET', url('@ann/*?_count=3&_sort=_id'));
    const next = first.body.link?.find(({ relation }) => relation === 'next')?.url ?? '';
    expect(next).toContain(`/${ids.get('ann')}/*?`);
    const second = await call('GET', next);
    const third = await call<Bundle>('GET', url('@ann/*?_count=100&_sort=_id'));
    expect([...found(first), ...found(second)].map(({ id }) => id)).toEqual(
      found(third)
        .map(({ id }) => id)
        .slice(0, 6),
    );
  });

  test('in a batch, and with what is referred to', async () => {
    const entry = [{ request: { method: 'GET', url: `${ids.get('ann')}/Observation?_include=Observation:encounter` } }];
    const { body } = await call<Bundle>('POST', hub.fhir, { body: { resourceType: 'Bundle', type: 'batch', entry } });
    const inner = body.entry?.[0]?.resource as Bundle;
    expect(inner.entry?.map(({ resource, search }) => [nameOf(resource as Resource), search?.mode])).toEqual([
      ['weight', 'match'],
      ['visit', 'include'],
    ]);
  });

  test('the audit of a patient', async () => {
    const answer = await call<Bundle>('GET', url('@ann/AuditEvent'));
    expect(answer.status).toBe(200);
    expect(found(answer).length).toBeGreaterThan(0);
    expect(JSON.stringify(answer.body.entry)).toContain(ids.get('ann'));
    expect((await call('DELETE', url('@ann/AuditEvent'))).status).toBe(405);
  });

  test.each<[string, string, number, string]>([
    [
      'GET',
      '@ann/Organization',
      404,
      'There is no Organization in the compartment of a Patient. Search Organization itself, by the parameters its metadata lists.',
    ],
    ['GET', 'Patient/nobody/Condition', 404, 'There is no Patient/nobody here.'],
    ['GET', 'Patient/nobody/AuditEvent', 404, 'There is no Patient/nobody here.'],
    [
      'GET',
      '@clinic/Task',
      404,
      'There is nothing at this address of the FHIR API. Addresses are Type, Type/id, Type/id/_history/version.',
    ],
    [
      'GET',
      '@ann/Nothing',
      404,
      'There is nothing at this address of the FHIR API. Addresses are Type, Type/id, Type/id/_history/version.',
    ],
    [
      'DELETE',
      '@ann/Condition',
      405,
      'DELETE means nothing at this address (what belongs to a resource). See the metadata for what is served.',
    ],
  ])('%s %s is refused', async (method, path, status, text) => {
    const answer = await call(method, url(path));
    expect([answer.status, texts(answer)]).toEqual([status, [text]]);
  });

  test('the metadata name them', async () => {
    const { body } = await call<CapabilityStatement>('GET', `${hub.fhir}/metadata`);
    expect(body.rest?.[0]?.compartment).toEqual(
      ['patient', 'encounter', 'practitioner', 'relatedPerson', 'device'].map(
        (name) => `http://hl7.org/fhir/CompartmentDefinition/${name}`,
      ),
    );
  });
});
