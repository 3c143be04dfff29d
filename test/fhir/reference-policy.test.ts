import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Observation, OperationOutcome, Patient, Task } from '@medplum/fhirtypes';
import { type Answer, call, done, found, texts } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { bundle, observation, patient, post } from './refusal.ts';

const KNOWN = 'https://partner.example/fhir';

describe.each(databaseKinds())('a reference (%s)', (kind) => {
  let hub: TestHub;
  let strict: TestHub;
  let mine: Patient & { id: string };
  beforeAll(async () => {
    hub = await startHub(kind);
    strict = await startHub(kind, {
      settings: { REFERENCES: 'known', REFERENCE_BASES: 'https://listed.example,https://other.example' },
    });
    mine = await done<Patient>(call('POST', `${hub.fhir}/Patient`, { body: patient() }));
  });
  afterAll(async () => {
    await hub?.close();
    await strict?.close();
  });

  const send = (subject: object, to = hub): Promise<Answer> =>
    call('POST', `${to.fhir}/Observation`, { body: observation({ subject }) });
  const faults = (answer: Answer): unknown[] =>
    ((answer.body as OperationOutcome).issue ?? []).map(({ code, expression, details }) => [
      code,
      expression?.[0],
      details?.text,
    ]);

  test.each<readonly [string, (id: string) => object, number]>([
    ['to a resource here', (id) => ({ reference: `Patient/${id}` }), 201],
    ['to a version that there is', (id) => ({ reference: `Patient/${id}/_history/1` }), 201],
    ['to any other server, where that is the policy', () => ({ reference: 'https://anywhere.example/Patient/1' }), 201],
    ['by an identifier', () => ({ identifier: { system: 'https://ssn.example', value: '1' }, type: 'Patient' }), 201],
    ['by what it is called', () => ({ display: 'Somebody' }), 201],
  ])('%s is taken', async (_name, subject, status) => {
    expect((await send(subject(mine.id))).status).toBe(status);
  });

  test('to what is contained is taken, of the right type', async () => {
    const contained = (resource: object): object =>
      observation({ contained: [{ id: 'x', ...resource }], subject: { reference: '#x' } });
    const sent = (resource: object): Promise<Answer> =>
      call('POST', `${hub.fhir}/Observation`, { body: contained(resource) });
    expect((await sent({ resourceType: 'Patient' })).status).toBe(201);
    const wrong = await sent({ resourceType: 'Organization', name: 'x' });
    expect(faults(wrong)).toEqual([
      [
        'value',
        'Observation.subject',
        'This may refer only to: Patient, Group, Device, Location. Refer to one of them.',
      ],
    ]);
  });

  test('that says another type than it leads to is refused', async () => {
    const sent = (type: string, fields: object = {}): Promise<Answer> =>
      send({ reference: `Patient/${mine.id}`, type, ...fields });
    expect((await sent('Patient')).status).toBe(201);
    expect((await sent('http://hl7.org/fhir/StructureDefinition/Patient')).status).toBe(201);
    const text = 'The reference leads to a resource of another type. Say that one, or leave the type out.';
    for (const wrong of [
      await sent('Group'),
      await sent('http://hl7.org/fhir/StructureDefinition/Group'),
      await sent('Group', { reference: 'https://anywhere.example/fhir/Patient/1' }),
    ]) {
      expect([wrong.status, faults(wrong)]).toEqual([400, [['value', 'Observation.subject.type', text]]]);
    }
  });

  test('to this hub by its full address is kept as one to a resource here, and held to be there', async () => {
    const made = await done<Observation>(send({ reference: `${hub.fhir}/Patient/${mine.id}` }));
    expect(made.subject?.reference).toBe(`Patient/${mine.id}`);
    expect(found(await call('GET', `${hub.fhir}/Observation?_id=${made.id}&subject=Patient/${mine.id}`))).toHaveLength(
      1,
    );
    const answer = await send({ reference: `${hub.fhir}/Patient/none` });
    expect([answer.status, texts(answer)]).toEqual([
      422,
      ['There is no Patient/none on this hub. Send it in the same Bundle, or create it first.'],
    ]);
  });

  test.each<readonly [string, string, string, string]>([
    [
      'to nothing',
      'Patient/none',
      'not-found',
      'There is no Patient/none on this hub. Send it in the same Bundle, or create it first.',
    ],
    [
      'to a version there is not',
      'Patient/MINE/_history/9',
      'not-found',
      'There is no Patient/MINE/_history/9 on this hub. Refer to a version there is, or to none.',
    ],
    [
      'that means something in a Bundle only',
      'urn:uuid:0e7f0d3a-0000-4000-8000-000000000000',
      'not-found',
      '"urn:uuid:0e7f0d3a-0000-4000-8000-000000000000" points to nothing this hub knows. Put the resource into the same Bundle, or refer to it as Type/id or by its full http address.',
    ],
    [
      'by a condition, outside a transaction',
      'Patient?identifier=1',
      'not-found',
      'A reference by a condition (Type?parameter=value) is resolved in a transaction only. Send the resource in one, or refer to it as Type/id.',
    ],
  ])('%s is refused', async (_name, reference, code, text) => {
    const answer = await send({ reference: reference.replace('MINE', mine.id) });
    expect(answer.status).toBe(422);
    expect(faults(answer)).toEqual([[code, 'Observation.subject.reference', text.replace('MINE', mine.id)]]);
  });

  test('to a version made in the same transaction is taken', async () => {
    const entry = [
      { request: { method: 'PUT', url: `Patient/${mine.id}` }, resource: { ...mine, active: true } },
      post(observation({ subject: { reference: `Patient/${mine.id}/_history/2` } })),
    ];
    expect((await call('POST', hub.fhir, { body: bundle(...entry) })).status).toBe(200);
  });

  test('to a server is taken where that server is known', async () => {
    const stranger = { reference: 'https://listed.example.evil/Patient/1' };
    const refused = await send(stranger, strict);
    expect([refused.status, texts(refused)]).toEqual([
      422,
      [
        'This reference leads to a server this hub does not know. Send the resource too, refer to it by an identifier, or ask the operator to add the server’s Endpoint.',
      ],
    ]);
    expect((await send({ reference: 'https://listed.example/Patient/1' }, strict)).status).toBe(201);
    expect((await send({ reference: `${KNOWN}/Patient/1` }, strict)).status).toBe(422);
    await done(
      call('POST', `${strict.fhir}/Endpoint`, {
        body: {
          resourceType: 'Endpoint',
          status: 'active',
          connectionType: { code: 'hl7-fhir-rest' },
          payloadType: [{ text: 'x' }],
          address: KNOWN,
        },
      }),
    );
    expect((await send({ reference: `${KNOWN}/Patient/1` }, strict)).status).toBe(201);
  });
});

describe.each(databaseKinds())('what others refer to (%s)', (kind) => {
  let hub: TestHub;
  beforeAll(async () => {
    hub = await startHub(kind);
  });
  afterAll(() => hub?.close());

  const add = async (body: object): Promise<string> =>
    (await done(call('POST', `${hub.fhir}/${(body as { resourceType: string }).resourceType}`, { body }))).id;
  const remove = (name: string): Promise<Answer> => call('DELETE', `${hub.fhir}/${name}`);
  const of = (id: string): object => ({ reference: `Patient/${id}` });

  test('is not deleted before them', async () => {
    const id = await add(patient());
    const seen = [await add(observation({ subject: of(id) })), await add(observation({ subject: of(id) }))];
    const task: Partial<Task> = { resourceType: 'Task', status: 'draft', intent: 'plan', for: of(id) };
    const taskId = await add(task);
    const refused = await remove(`Patient/${id}`);
    expect([refused.status, texts(refused)]).toEqual([
      409,
      [
        `Patient/${id} is not deleted, because 3 resources refer to it (Observation: 2, Task: 1). Change or delete what refers to it first, or in the same transaction.`,
      ],
    ]);
    for (const name of seen.map((each) => `Observation/${each}`)) expect((await remove(name)).status).toBe(200);
    const last = await remove(`Patient/${id}`);
    expect(texts(last)).toEqual([
      `Patient/${id} is not deleted, because 1 resource refers to it (Task: 1). Change or delete what refers to it first, or in the same transaction.`,
    ]);
    await done(
      call('PUT', `${hub.fhir}/Task/${taskId}`, { body: { ...task, id: taskId, for: { display: 'Nobody' } } }),
    );
    expect((await remove(`Patient/${id}`)).status).toBe(200);
  });

  test('is deleted with them in one transaction, in whichever order they stand', async () => {
    const id = await add(patient());
    const seen = await add(observation({ subject: of(id) }));
    const entry = [`Patient/${id}`, `Observation/${seen}`].map((url) => ({ request: { method: 'DELETE', url } }));
    expect((await call('POST', hub.fhir, { body: bundle(...entry) })).status).toBe(200);
    expect((await call('GET', `${hub.fhir}/Patient/${id}`)).status).toBe(410);
  });

  test('is not deleted in a transaction that adds a reference to it', async () => {
    const id = await add(patient());
    const entry = [{ request: { method: 'DELETE', url: `Patient/${id}` } }, post(observation({ subject: of(id) }))];
    const answer = await call('POST', hub.fhir, { body: bundle(...entry) });
    expect(answer.status).toBeGreaterThanOrEqual(409);
    expect((await call('GET', `${hub.fhir}/Patient/${id}`)).status).toBe(200);
  });

  test('is deleted though a Provenance tells of it', async () => {
    const id = await add(patient());
    await add({
      resourceType: 'Provenance',
      target: [of(id)],
      recorded: '2026-01-01T00:00:00Z',
      agent: [{ who: { reference: 'Organization/careloop' } }],
    });
    expect((await remove(`Patient/${id}`)).status).toBe(200);
  });
});
