import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, CapabilityStatement, Patient, Resource } from '@medplum/fhirtypes';
import { call, done, fetchAsOperator } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { addPartner } from '../support/network.ts';
import { deletedIn, kickOff, linesOf, manifestAt, namesOf } from './exports.ts';
import { type BadRequest, expectRefusal } from './refusal.ts';
import { written } from './written.ts';

const ASYNC = { headers: { prefer: 'respond-async' } };

const observation = (patient: string): object => ({
  resourceType: 'Observation',
  status: 'final',
  code: { text: 'x' },
  subject: { reference: `Patient/${patient}` },
});

describe.each(databaseKinds())('$export (%s)', (kind) => {
  let hub: TestHub;
  const ids = new Map<string, string>();
  const id = (name: string): string => ids.get(name) ?? '';
  const add = async (name: string, body: object): Promise<string> => {
    const { resourceType: type } = body as Resource;
    const made = await done(call('POST', `${hub.fhir}/${type}`, { body }));
    ids.set(name, made.id);
    return made.id;
  };
  const present = async (...types: string[]): Promise<Resource[]> => {
    const found = await Promise.all(
      types.map((type) => call<Bundle>('GET', `${hub.fhir}/${type}?_count=1000`).then(({ body }) => body.entry ?? [])),
    );
    return found.flat().map(({ resource }) => resource as Resource);
  };

  beforeAll(async () => {
    hub = await startHub(kind, { workers: true, settings: { EXPORT_CONCURRENCY: '1000' } });
    for (const name of ['asa', 'omar', 'maria']) await add(name, { resourceType: 'Patient', name: [{ family: name }] });
    await add('group', {
      resourceType: 'Group',
      type: 'person',
      actual: true,
      member: [
        { entity: { reference: `Patient/${id('asa')}` } },
        { entity: { reference: `Patient/${id('omar')}` }, inactive: true },
        { entity: { reference: `Patient/${id('maria')}` } },
      ],
    });
    for (const name of ['asa', 'omar', 'maria']) await add(`seen ${name}`, observation(id(name)));
    await add('meeting', {
      resourceType: 'Appointment',
      status: 'proposed',
      participant: ['asa', 'maria'].map((name) => ({
        status: 'accepted',
        actor: { reference: `Patient/${id(name)}` },
      })),
    });
    await add('org', { resourceType: 'Organization', name: 'An agency' });
  });
  afterAll(() => hub?.close());

  const exported = async (query: string): Promise<string[]> => {
    const { statusUrl } = await kickOff(`${hub.fhir}/${query}`);
    return namesOf(await linesOf((await manifestAt(statusUrl)).output));
  };
  const names = (...wanted: string[]): string[] => wanted.map((name) => `${typeOf(name)}/${id(name)}`).sort();
  const typeOf = (name: string): string => {
    if (name.startsWith('seen')) return 'Observation';
    return name === 'meeting'
      ? 'Appointment'
      : name === 'group'
        ? 'Group'
        : name === 'org'
          ? 'Organization'
          : 'Patient';
  };

  test('is accepted, made, and listed in a manifest', async () => {
    const answer = await kickOff(
      `${hub.fhir}/$export?_type=Patient,Observation&_outputFormat=application/fhir%2Bndjson`,
    );
    expect(answer.status).toBe(202);
    expect(answer.statusUrl).toMatch(/^http:.*\/fhir\/R4\/\$export-status\?job=[0-9a-f-]{36}$/);
    const manifest = await manifestAt(answer.statusUrl);
    expect(manifest).toMatchObject({
      request: `${hub.fhir}/$export?_type=Patient%2CObservation&_outputFormat=application%2Ffhir%2Bndjson`,
      requiresAccessToken: true,
      deleted: [],
      error: [],
    });
    expect(Date.parse(manifest.transactionTime)).not.toBeNaN();
    expect(manifest.output.map(({ type, count }) => [type, count])).toEqual([
      ['Observation', 3],
      ['Patient', 3],
    ]);
    const file = await fetchAsOperator(manifest.output[0]?.url ?? '');
    expect(file.headers.get('content-type')).toBe('application/fhir+ndjson');
    expect(await linesOf(manifest.output)).toEqual(expect.arrayContaining(await present('Patient', 'Observation')));
  });

  test('of the system has what there is, each once', async () => {
    const stored = await hub.deps.db.query<{ name: string }>(
      `SELECT type || '/' || id AS name FROM resource WHERE NOT deleted`,
    );
    expect(await exported('$export')).toEqual(stored.map(({ name }) => name).sort());
  });

  test('of all patients has their records and nobody else’s', async () => {
    expect(await exported('Patient/$export')).toEqual(
      names('asa', 'omar', 'maria', 'seen asa', 'seen omar', 'seen maria', 'meeting', 'group'),
    );
    expect(await exported('Patient/$export?_type=Observation')).toEqual(names('seen asa', 'seen omar', 'seen maria'));
  });

  test('of a group has the records of its active members, each once', async () => {
    expect(await exported(`Group/${id('group')}/$export`)).toEqual(
      names('asa', 'maria', 'seen asa', 'seen maria', 'meeting', 'group'),
    );
  });

  test('of patients that are named has theirs', async () => {
    const body = {
      resourceType: 'Parameters',
      parameter: [
        { name: 'patient', valueReference: { reference: `Patient/${id('omar')}` } },
        { name: '_type', valueString: 'Patient,Observation' },
      ],
    };
    const { statusUrl } = await kickOff(`${hub.fhir}/Patient/$export`, undefined, body);
    expect(namesOf(await linesOf((await manifestAt(statusUrl)).output))).toEqual(names('omar', 'seen omar'));
  });

  test('with _elements has those, marked as shortened', async () => {
    const { statusUrl } = await kickOff(`${hub.fhir}/$export?_type=Patient&_elements=birthDate`);
    const [patient] = await linesOf<Patient>((await manifestAt(statusUrl)).output);
    expect(Object.keys(patient ?? {}).sort()).toEqual(['id', 'meta', 'resourceType']);
    expect(patient?.meta?.tag?.[0]?.code).toBe('SUBSETTED');
  });

  test('with _since has what changed after the last one, deletions too', async () => {
    const before = await manifestAt((await kickOff(`${hub.fhir}/Patient/$export`)).statusUrl);
    await add('new', { resourceType: 'Patient', name: [{ family: 'new' }] });
    await add('seen new', observation(id('new')));
    const gone = await add('gone', observation(id('maria')));
    await done(call('DELETE', `${hub.fhir}/Observation/${gone}`));
    await done(
      call('DELETE', `${hub.fhir}/Organization/${await add('other', { resourceType: 'Organization', name: 'x' })}`),
    );
    const since = encodeURIComponent(before.transactionTime);
    const manifest = await manifestAt((await kickOff(`${hub.fhir}/Patient/$export?_since=${since}`)).statusUrl);
    expect(namesOf(await linesOf(manifest.output))).toEqual(names('new', 'seen new'));
    expect(await deletedIn(manifest)).toEqual([`DELETE Observation/${gone}`]);
    const ofGroup = await manifestAt(
      (await kickOff(`${hub.fhir}/Group/${id('group')}/$export?_since=${since}`)).statusUrl,
    );
    expect([ofGroup.output, await deletedIn(ofGroup)]).toEqual([[], [`DELETE Observation/${gone}`]]);
  });

  test('that is cancelled is gone, with its files', async () => {
    const { statusUrl } = await kickOff(`${hub.fhir}/$export?_type=Patient`);
    const { output } = await manifestAt(statusUrl);
    expect((await call('DELETE', statusUrl)).status).toBe(202);
    for (const url of [statusUrl, output[0]?.url ?? '']) expect((await call('GET', url)).status).toBe(404);
    const left = await hub.deps.db.query(
      'SELECT 1 FROM export_chunk c LEFT JOIN export_job j ON j.id = c.job_id WHERE j.id IS NULL',
    );
    expect(left).toEqual([]);
  });

  test('is for the organization that asked for it', async () => {
    const [asking, other] = [await addPartner(hub, 'Asking'), await addPartner(hub, 'Other')];
    const own = await done<Patient>(
      call('POST', `${hub.fhir}/Patient`, { token: asking.token, body: { resourceType: 'Patient' } }),
    );
    const { statusUrl } = await kickOff(`${hub.fhir}/Patient/$export`, asking.token);
    const manifest = await manifestAt(statusUrl, asking.token);
    expect(manifest.requiresAccessToken).toBe(true);
    const file = manifest.output[0]?.url ?? '';
    expect((await call('GET', statusUrl, { token: other.token })).status).toBe(404);
    expect((await call('GET', file, { token: other.token })).status).toBe(404);
    expect((await call('DELETE', statusUrl, { token: other.token })).status).toBe(404);
    // Of all that is here it may read one.
    expect((await linesOf(manifest.output, asking.token)).map(({ id }) => id)).toEqual([own.id]);
  });

  test.each(['$export', 'Patient/$export', 'Group/GROUP/$export'])('is not begun by HEAD: %s', async (path) => {
    const before = await written(hub.deps.db);
    const url = `${hub.fhir}/${path.replace('GROUP', id('group'))}`;
    const answer = await call('HEAD', url, ASYNC);
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, POST']);
    expect((await call('OPTIONS', url)).headers.get('allow')).toBe('GET, POST');
    const entry = [{ request: { method: 'HEAD', url: path.replace('GROUP', id('group')) } }];
    const inBatch = await call('POST', hub.fhir, { ...ASYNC, body: { resourceType: 'Bundle', type: 'batch', entry } });
    const text = '$export is not called by HEAD. Call it by POST or GET.';
    expect(inBatch.body).toMatchObject({
      entry: [{ response: { status: '405', outcome: { issue: [{ details: { text } }] } } }],
    });
    expect(await written(hub.deps.db)).toEqual(before);
  });

  test('gives HEAD nothing of a file, and counts nothing as taken by it', async () => {
    const { output } = await manifestAt((await kickOff(`${hub.fhir}/$export?_type=Patient`)).statusUrl);
    const before = await hub.deps.db.query('SELECT count(*) FROM audit WHERE patient IS NOT NULL');
    const answer = await call('HEAD', output[0]?.url ?? '');
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, POST']);
    expect(await hub.deps.db.query('SELECT count(*) FROM audit WHERE patient IS NOT NULL')).toEqual(before);
  });

  test('tells HEAD how far it is', async () => {
    const { statusUrl } = await kickOff(`${hub.fhir}/$export?_type=Patient`);
    await manifestAt(statusUrl);
    const answer = await call('HEAD', statusUrl);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/json; charset=utf-8']);
  });

  test('is listed in the metadata, where it is served', async () => {
    const { body } = await call<CapabilityStatement>('GET', `${hub.fhir}/metadata`);
    const rest = body.rest?.[0];
    const at = (type: string): unknown[] =>
      (rest?.resource?.find((each) => each.type === type)?.operation ?? []).map(({ definition }) => definition);
    const IG = 'http://hl7.org/fhir/uv/bulkdata/OperationDefinition';
    expect(rest?.operation).toContainEqual({ name: 'export', definition: `${IG}/export` });
    expect(at('Patient')).toContain(`${IG}/patient-export`);
    expect(at('Group')).toContain(`${IG}/group-export`);
    expect(at('Task').filter((each) => String(each).includes('export'))).toEqual([]);
  });

  test.each<BadRequest>([
    [
      'asked for at once',
      'GET /fhir/R4/$export',
      {},
      400,
      'An export takes a while: send the header Prefer: respond-async, then ask at the address in Content-Location.',
    ],
    [
      'another format',
      'GET /fhir/R4/$export?_outputFormat=text/csv',
      ASYNC,
      400,
      '_outputFormat must be one of application/fhir+ndjson, application/ndjson, ndjson.',
      `Parameters.parameter.where(name='_outputFormat')`,
    ],
    [
      'a time that is none',
      'GET /fhir/R4/$export?_since=yesterday',
      ASYNC,
      400,
      '_since must be an instant, e.g. 2026-11-22T10:00:00Z.',
      `Parameters.parameter.where(name='_since')`,
    ],
    [
      'a type that is none',
      'GET /fhir/R4/$export?_type=Patient,Person2',
      ASYNC,
      400,
      '_type must name R4 resource types, separated by commas, e.g. Patient,Task.',
      `Parameters.parameter.where(name='_type')`,
    ],
    [
      'a type that belongs to no patient',
      'GET /fhir/R4/Patient/$export?_type=Organization',
      ASYNC,
      400,
      'Resources of Organization belong to no patient. Leave them out of _type, or ask for them by an export of the system.',
      `Parameters.parameter.where(name='_type')`,
    ],
    [
      'a parameter it does not know',
      'GET /fhir/R4/$export?_sort=name',
      ASYNC,
      400,
      'An export knows the parameters _outputFormat, _since, _type, _typeFilter, _elements, patient and no others. Leave the others out, or send Prefer: handling=lenient.',
    ],
    [
      'patients of a whole system',
      'GET /fhir/R4/$export?patient=Patient/1',
      ASYNC,
      400,
      'patient names one Patient as a reference, e.g. Patient/1, in an export of patients or of a group.',
      `Parameters.parameter.where(name='patient')`,
    ],
    ['a group that is not there', 'GET /fhir/R4/Group/nope/$export', ASYNC, 404, 'There is no Group/nope here.'],
    [
      'an export that is not there',
      'GET /fhir/R4/$export-status?job=nope',
      {},
      404,
      'There is no such export. It may have been cancelled, or its files have expired: ask for a new one.',
    ],
    [
      'DELETE of the operation',
      'DELETE /fhir/R4/$export',
      ASYNC,
      405,
      '$export is not called by DELETE. Call it by POST or GET.',
    ],
  ])('refuses %s', (...request) => expectRefusal(hub, request));
});
