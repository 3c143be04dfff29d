import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type {
  Bundle,
  CapabilityStatement,
  CapabilityStatementRestResource,
  OperationOutcome,
  Patient,
} from '@medplum/fhirtypes';
import { toXml } from '../../src/fhir/xml/to-xml.ts';
import { call, done, fetchAsOperator } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';

const STRICT = { prefer: 'handling=strict' };
const INTERACTIONS = [
  'create',
  'delete',
  'history-instance',
  'history-type',
  'patch',
  'read',
  'search-type',
  'update',
  'vread',
];

/** Beside `metadata.test.ts`, which exercises some types, and `every-type.test.ts`, which carries out what is listed here. */
describe.each(databaseKinds())('what the metadata lists of every type (%s)', (kind) => {
  let hub: TestHub;
  let statement: CapabilityStatement;
  let types: readonly CapabilityStatementRestResource[];
  let patient: Patient & { id: string };
  beforeAll(async () => {
    hub = await startHub(kind);
    statement = (await call<CapabilityStatement>('GET', `${hub.fhir}/metadata`)).body;
    types = statement.rest?.[0]?.resource ?? [];
    const body = { resourceType: 'Patient', name: [{ family: 'Ng' }] };
    patient = await done<Patient>(call('POST', `${hub.fhir}/Patient`, { body }));
  });
  afterAll(() => hub?.close());

  test('the same interactions, but for the audit, which is read only', () => {
    const odd = types.filter(({ interaction = [] }) => {
      const codes = interaction.map(({ code }) => code as string).sort();
      return JSON.stringify(codes) !== JSON.stringify(INTERACTIONS);
    });
    expect(odd.map(({ type, interaction }) => [type, interaction?.map(({ code }) => code)])).toEqual([
      ['AuditEvent', ['read', 'search-type']],
    ]);
  });

  test('each history is served, and to the audit nothing but reading', async () => {
    const wrong: string[] = [];
    for (const { type = '', interaction = [] } of types) {
      const { status } = await call('GET', `${hub.fhir}/${type}/_history?_count=1`);
      const listed = interaction.some(({ code }) => code === 'history-type');
      if ((status === 200) !== listed) wrong.push(`${type}: ${status}`);
    }
    expect(wrong).toEqual([]);
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      const body = method === 'DELETE' ? undefined : { resourceType: 'AuditEvent', id: 'x' };
      const answer = await call(method, `${hub.fhir}/AuditEvent${method === 'POST' ? '' : '/x'}`, { body });
      expect([method, answer.status, answer.headers.get('allow')]).toEqual([method, 405, 'GET, HEAD']);
    }
  });

  test.each(['searchInclude', 'searchRevInclude'] as const)('%s: each is served, none of it left out', async (list) => {
    const name = list === 'searchInclude' ? '_include' : '_revinclude';
    const refused: string[] = [];
    let asked = 0;
    for (const { type = '', [list]: values = [] } of types) {
      // A search has at most 100 parameters.
      for (let at = 0; at < values.length; at += 90) {
        const query = values.slice(at, at + 90).map((value) => `${name}=${encodeURIComponent(value)}`);
        asked += query.length;
        const address = `${hub.fhir}/${type}?_id=nobody&${query.join('&')}`;
        const { status, body } = await call('GET', address, { headers: STRICT });
        if (status !== 200) refused.push(`${type}: ${(body as OperationOutcome).issue[0]?.details?.text}`);
      }
    }
    expect(refused).toEqual([]);
    expect(asked).toBeGreaterThan(500);
    const other = await call('GET', `${hub.fhir}/Patient?${name}=Patient:gender`, { headers: STRICT });
    expect(other.status).toBe(400);
  });

  test('what refers to a resource is brought along by what is listed', async () => {
    const { searchRevInclude = [] } = types.find(({ type }) => type === 'Patient') ?? {};
    expect(searchRevInclude).toEqual(expect.arrayContaining(['*', 'Observation:patient', 'Task:patient']));
    const body = { resourceType: 'Observation', status: 'final', code: { text: 'x' } };
    const subject = { reference: `Patient/${patient.id}` };
    const { id } = await done(call('POST', `${hub.fhir}/Observation`, { body: { ...body, subject } }));
    for (const value of ['*', 'Observation:patient']) {
      const found = await call<Bundle>('GET', `${hub.fhir}/Patient?_id=${patient.id}&_revinclude=${value}`);
      expect(found.body.entry?.map(({ resource, search }) => [search?.mode, resource?.id])).toEqual([
        ['match', patient.id],
        ['include', id],
      ]);
    }
  });

  test('every operation is there, at each level it is listed at, and has a definition', async () => {
    const unknown: string[] = [];
    const listed = [
      ...(statement.rest?.[0]?.operation ?? []).map((operation) => ({ at: '', ...operation })),
      ...types.flatMap(({ type = '', operation = [] }) => operation.map((each) => ({ at: `${type}/`, ...each }))),
    ];
    for (const { at, name, definition } of listed) {
      const answers = await Promise.all(
        [`${at}$${name}`, ...(at ? [`${at}nobody/$${name}`] : [])].map((path) => call('POST', `${hub.fhir}/${path}`)),
      );
      const isThere = answers.some(({ body }) => !JSON.stringify(body ?? '').includes('operation.unknown'));
      const faulty = answers.some(({ status }) => status >= 500);
      if (!isThere || faulty || !/^https?:/.test(definition ?? '')) unknown.push(`${at}$${name}`);
    }
    expect(unknown).toEqual([]);
    expect(listed.length).toBeGreaterThan(types.length - 2);
  });

  test('every format it lists is answered, and every format of a patch taken', async () => {
    const { format = [], patchFormat = [] } = statement;
    const url = `${hub.fhir}/Patient/${patient.id}`;
    for (const each of format) {
      const answer = await fetchAsOperator(`${url}?_format=${encodeURIComponent(each)}`);
      const type = each.includes('xml') ? 'application/fhir+xml' : 'application/fhir+json';
      expect([answer.status, answer.headers.get('content-type')]).toEqual([200, `${type}; charset=utf-8`]);
    }
    const part = [
      { name: 'type', valueCode: 'replace' },
      { name: 'path', valueString: 'Patient.name[0].family' },
      { name: 'value', valueString: 'Berg' },
    ];
    const parameters = { resourceType: 'Parameters' as const, parameter: [{ name: 'operation', part }] };
    const bodies: Record<string, string> = {
      'application/json-patch+json': JSON.stringify([{ op: 'replace', path: '/name/0/family', value: 'Ek' }]),
      'application/fhir+json': JSON.stringify(parameters),
      'application/fhir+xml': toXml(parameters),
    };
    expect([...patchFormat].sort()).toEqual(Object.keys(bodies).sort());
    for (const [type, body] of Object.entries(bodies)) {
      const answer = await call<Patient>('PATCH', url, { body, headers: { 'content-type': type } });
      expect([type, answer.status, answer.body.name?.[0]?.family]).toEqual([
        type,
        200,
        type.includes('patch') ? 'Ek' : 'Berg',
      ]);
    }
  });
});
