import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, CapabilityStatement, CapabilityStatementRestResource, Resource } from '@medplum/fhirtypes';
import { type Answer, call, done } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';

/** The least that resources of some types must say. */
const LEAST: Readonly<Record<string, (patient: string) => object>> = {
  CarePlan: (patient) => ({ status: 'active', intent: 'plan', subject: { reference: patient } }),
  Condition: (patient) => ({ subject: { reference: patient } }),
  Consent: () => ({ status: 'active', scope: { text: 'x' }, category: [{ text: 'x' }], policyRule: { text: 'x' } }),
  DocumentReference: () => ({ status: 'current', content: [{ attachment: { url: 'https://example.org/x' } }] }),
  Endpoint: () => ({
    status: 'off',
    connectionType: { code: 'x' },
    payloadType: [{ text: 'x' }],
    address: 'https://example.org',
  }),
  Goal: (patient) => ({ lifecycleStatus: 'active', description: { text: 'x' }, subject: { reference: patient } }),
  HealthcareService: () => ({}),
  Location: () => ({}),
  Observation: () => ({ status: 'final', code: { text: 'x' } }),
  Organization: () => ({ name: 'x' }),
  Patient: () => ({}),
  Practitioner: () => ({}),
  PractitionerRole: () => ({}),
  Procedure: (patient) => ({ status: 'completed', subject: { reference: patient } }),
  QuestionnaireResponse: () => ({ status: 'completed' }),
  ServiceRequest: (patient) => ({ status: 'active', intent: 'order', subject: { reference: patient } }),
  Task: () => ({ status: 'draft', intent: 'order' }),
};

/** A value that a parameter of each kind can be searched by. */
const VALUES: Readonly<Record<string, string>> = {
  token: 'x',
  reference: 'Patient/x',
  uri: 'https://example.org/x',
  string: 'x',
  date: '2026-03',
  number: '5',
  quantity: '5',
  special: '42.25|-83.69',
};

describe.each(databaseKinds())('the metadata (%s)', (kind) => {
  let hub: TestHub;
  let patient = '';
  let statement: CapabilityStatement;
  beforeAll(async () => {
    hub = await startHub(kind);
    statement = (await call<CapabilityStatement>('GET', `${hub.fhir}/metadata`)).body;
    const { id } = await done(call('POST', `${hub.fhir}/Patient`, { body: { resourceType: 'Patient' } }));
    patient = `Patient/${id}`;
  });
  afterAll(() => hub?.close());

  const served = (): readonly CapabilityStatementRestResource[] => statement.rest?.[0]?.resource ?? [];
  const exercised = (): readonly CapabilityStatementRestResource[] =>
    served().filter(({ type }) => Object.hasOwn(LEAST, type as string));

  /** Carries out an interaction, for which a resource of the type is made. */
  async function interact(type: string, code: string): Promise<Answer> {
    const body = { resourceType: type, ...LEAST[type]?.(patient) };
    const create = (): Promise<Answer<Resource>> => call<Resource>('POST', `${hub.fhir}/${type}`, { body });
    if (code === 'create') return create();
    if (code === 'search-type') return call('GET', `${hub.fhir}/${type}`);
    if (code === 'history-type') return call('GET', `${hub.fhir}/${type}/_history`);
    const { id } = (await create()).body;
    const url = `${hub.fhir}/${type}/${id}`;
    switch (code) {
      case 'read':
        return call('GET', url);
      case 'vread':
        return call('GET', `${url}/_history/1`);
      case 'history-instance':
        return call('GET', `${url}/_history`);
      case 'update':
        return call('PUT', url, { body: { ...body, id, language: 'sv' } });
      case 'patch':
        return call('PATCH', url, {
          body: [{ op: 'add', path: '/language', value: 'sv' }],
          headers: { 'content-type': 'application/json-patch+json' },
        });
      case 'delete':
        return call('DELETE', url);
      default:
        throw new Error(`This test does not know the interaction ${code}.`);
    }
  }

  test('is a CapabilityStatement of R4, which anybody may read', async () => {
    const answer = await call<CapabilityStatement>('GET', `${hub.fhir}/metadata`);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/fhir+json; charset=utf-8']);
    expect(answer.body).toMatchObject({
      resourceType: 'CapabilityStatement',
      status: 'active',
      kind: 'instance',
      fhirVersion: '4.0.1',
      format: ['application/fhir+json', 'application/fhir+xml', 'json', 'xml'],
    });
  });

  test('says how far chained parameters lead', () => {
    expect(statement.rest?.[0]?.documentation).toContain('at most 32 references');
  });

  test('lists every type that R4 can store', () => {
    const types = served().map(({ type }) => type as string);
    expect(types).toHaveLength(146 - 2);
    expect(types).toEqual([...types].sort());
    expect(types).toEqual(expect.arrayContaining(Object.keys(LEAST)));
    expect(types).not.toEqual(expect.arrayContaining(['Parameters']));
  });

  test('every interaction it lists is served', async () => {
    const listed = exercised().flatMap(({ type, interaction }) =>
      (interaction ?? []).map(({ code }) => ({ type: type as string, code: code as string })),
    );
    const refused: string[] = [];
    for (const { type, code } of listed) {
      const { status } = await interact(type, code);
      if (status !== (code === 'create' ? 201 : 200)) refused.push(`${type} ${code}: ${status}`);
    }
    expect(refused).toEqual([]);
    expect(listed).toHaveLength(Object.keys(LEAST).length * 9);
  });

  test('what it says of conditions is so', async () => {
    const condition = `identifier=https://example.org|${kind}`;
    const wrong: string[] = [];
    for (const { type = '', conditionalCreate, conditionalUpdate, conditionalDelete, updateCreate } of exercised()) {
      const body = {
        resourceType: type,
        ...LEAST[type]?.(patient),
        identifier:
          type === 'QuestionnaireResponse'
            ? { system: 'https://example.org', value: kind }
            : [{ system: 'https://example.org', value: kind }],
      };
      const create = await call('POST', `${hub.fhir}/${type}`, { body, headers: { 'if-none-exist': condition } });
      const update = await call('PUT', `${hub.fhir}/${type}?${condition}`, { body });
      const remove = await call('DELETE', `${hub.fhir}/${type}?${condition}`);
      const chosen = await call('PUT', `${hub.fhir}/${type}/mine`, { body: { ...body, id: 'mine' } });
      const said = [conditionalCreate, conditionalUpdate, conditionalDelete === 'single', updateCreate];
      const done_ = [create.status === 201, update.status === 200, remove.status === 200, chosen.status < 300];
      if (JSON.stringify(said) !== JSON.stringify(done_)) wrong.push(`${type}: says ${said}, does ${done_}`);
    }
    expect(wrong).toEqual([]);
  });

  // Of every type, and composites too: search-every-parameter.test.ts.
  test('every search parameter it lists can be searched by', async () => {
    const refused: string[] = [];
    for (const { type, searchParam = [] } of exercised()) {
      for (const { name, type: kindOf = '' } of searchParam) {
        if (kindOf === 'composite') continue;
        const { status, body } = await call<Bundle>('GET', `${hub.fhir}/${type}?${name}=${VALUES[kindOf]}&_count=1`);
        const reported = (body.entry ?? []).some(({ search }) => search?.mode === 'outcome');
        if (status !== 200 || reported) refused.push(`${type}?${name} (${kindOf}): ${status}`);
      }
    }
    expect(refused).toEqual([]);
  });

  test('what it lists for the whole server is served', async () => {
    const listed = statement.rest?.[0]?.interaction?.map(({ code }) => code).sort();
    expect(listed).toEqual(['batch', 'history-system', 'search-system', 'transaction']);
    for (const type of ['batch', 'transaction']) {
      const body = { resourceType: 'Bundle', type, entry: [{ request: { method: 'GET', url: patient } }] };
      expect((await call<Bundle>('POST', hub.fhir, { body })).body.type).toBe(`${type}-response`);
    }
    expect((await call<Bundle>('GET', `${hub.fhir}/_history`)).body.type).toBe('history');
    expect((await call<Bundle>('GET', `${hub.fhir}?_type=Patient`)).body.type).toBe('searchset');
  });

  test.each([
    ['GraphQL', 'POST', '$graphql', 404, { query: '{ PatientList { id } }' }],
    ['an operation', 'GET', 'Patient/x/$no-such-operation', 404, undefined],
    ['a type that is only said', 'POST', 'Parameters', 404, { resourceType: 'Parameters' }],
    ['a type of another version', 'GET', 'SubscriptionStatus', 404, undefined],
    ['a change of everything', 'DELETE', '', 405, undefined],
    ['a change of a version', 'PUT', 'Patient/x/_history/1', 405, { resourceType: 'Patient', id: 'x' }],
  ])('what it does not list is not served: %s', async (_name, method, path, status, body) => {
    const answer = await call<Resource>(method, `${hub.fhir}/${path}`, { body });
    expect([answer.status, answer.body.resourceType]).toEqual([status, 'OperationOutcome']);
  });
});
