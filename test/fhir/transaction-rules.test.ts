import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, BundleEntry, Observation, Patient, Resource } from '@medplum/fhirtypes';
import { type Answer, call, done, texts } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { named, operation, value } from './patches.ts';

const SYSTEM = 'https://hospital.example/mrn';

describe.each(databaseKinds())('in a transaction (%s)', (kind) => {
  let hub: TestHub;
  beforeAll(async () => {
    hub = await startHub(kind);
  });
  afterAll(() => hub?.close());

  const send = (...entry: unknown[]): Promise<Answer<Bundle>> =>
    call<Bundle>('POST', hub.fhir, { body: { resourceType: 'Bundle', type: 'transaction', entry } });
  const statuses = ({ body }: Answer<Bundle>): (string | undefined)[] =>
    (body.entry ?? []).map(({ response }) => response?.status);
  const create = (value: string): Promise<Patient & { id: string }> =>
    done<Patient>(call('POST', `${hub.fhir}/Patient`, { body: patient(value) }));
  const patient = (value: string, fields: Partial<Patient> = {}): Patient => ({
    resourceType: 'Patient',
    identifier: [{ system: SYSTEM, value }],
    ...fields,
  });
  const observationOf = (reference: string): Observation => ({
    resourceType: 'Observation',
    status: 'final',
    code: { text: 'x' },
    subject: { reference },
  });
  const post = (resource: Resource, fullUrl?: string): BundleEntry => ({
    ...(fullUrl ? { fullUrl } : {}),
    request: { method: 'POST', url: resource.resourceType },
    resource,
  });

  test('deletions come first, then what is made, then changes, then reads, however they are sent', async () => {
    const value = randomUUID();
    const old = await create(value);
    const answer = await send(
      { request: { method: 'GET', url: `Patient?identifier=${SYSTEM}|${value}` } },
      {
        request: { method: 'PUT', url: `Patient?identifier=${SYSTEM}|other-${value}` },
        resource: patient(`other-${value}`),
      },
      post(patient(value, { gender: 'male' })),
      { request: { method: 'DELETE', url: `Patient/${old.id}` } },
    );
    expect(statuses(answer)).toEqual(['200', '201', '201', '200']);
    const found = (answer.body.entry?.[0]?.resource as Bundle | undefined)?.entry ?? [];
    expect(found.map(({ resource }) => (resource as Patient).gender)).toEqual(['male']);
  });

  test('references by search lead to what they find', async () => {
    const value = randomUUID();
    const { id } = await create(value);
    const answer = await send(post(observationOf(`Patient?identifier=${SYSTEM}|${value}`)));
    const address = answer.body.entry?.[0]?.response?.location?.split('/_history')[0];
    const stored = await done<Observation>(call('GET', `${hub.fhir}/${address}`));
    expect(stored.subject).toEqual({ reference: `Patient/${id}` });
  });

  test('references by search lead to what the same Bundle makes, if nothing is there yet', async () => {
    const value = randomUUID();
    const search = `Patient?identifier=${SYSTEM}|${value}`;
    const under = (condition: object, resource: Patient): BundleEntry =>
      ({ request: { method: 'POST', url: 'Patient', ...condition }, resource }) as BundleEntry;
    const named = `family=Ek${value.slice(0, 8)}`;
    const answer = await send(
      post(observationOf(search)),
      post(observationOf(`Patient?${named}`)),
      under({}, patient(value)),
      under({ ifNoneExist: named }, patient('other', { name: [{ family: named.split('=')[1] as string }] })),
    );
    const [first, second, ...patients] = (answer.body.entry ?? []).map(
      ({ response }) => response?.location?.split('/_history')[0],
    );
    const subjects = await Promise.all(
      [first, second].map(async (each) => (await done<Observation>(call('GET', `${hub.fhir}/${each}`))).subject),
    );
    expect(subjects).toEqual(patients.map((reference) => ({ reference })));
  });

  test('references by search that several entries of the Bundle meet refuse it all', async () => {
    const value = randomUUID();
    const answer = await send(
      post(patient(value)),
      post(patient(value)),
      post(observationOf(`Patient?identifier=${value}`)),
    );
    expect([answer.status, texts(answer)]).toEqual([
      412,
      ['Several entries of this Bundle meet the search of this reference. Name one by its fullUrl.'],
    ]);
  });

  test('references by search that find nothing, or several, refuse it all', async () => {
    const value = randomUUID();
    await create(value);
    await create(value);
    const several = await send(post(observationOf(`Patient?identifier=${SYSTEM}|${value}`)));
    expect([several.status, texts(several)]).toEqual([
      412,
      ['Several resources meet this condition. Name one by something only it has, e.g. its identifier.'],
    ]);
    const nothing = await send(post(patient('x')), post(observationOf(`Patient?identifier=${SYSTEM}|${randomUUID()}`)));
    expect([nothing.status, texts(nothing)]).toEqual([
      412,
      ['The search of this reference finds nothing. Send the resource in the same Bundle, or create it first.'],
    ]);
    expect((nothing.body as unknown as { issue: { expression: string[] }[] }).issue[0]?.expression).toEqual([
      'Bundle.entry[1].resource.subject.reference',
    ]);
  });

  test('a resource is changed by a JSON Patch in a Binary, and by a FHIRPath Patch', async () => {
    const [first, second] = [await create('a'), await create('b')];
    const data = Buffer.from(JSON.stringify([{ op: 'add', path: '/gender', value: 'female' }])).toString('base64');
    const answer = await send(
      {
        request: { method: 'PATCH', url: `Patient/${first.id}` },
        resource: { resourceType: 'Binary', contentType: 'application/json-patch+json', data },
      },
      {
        request: { method: 'PATCH', url: `Patient/${second.id}`, ifMatch: 'W/"1"' },
        resource: {
          resourceType: 'Parameters',
          parameter: [
            {
              name: 'operation',
              part: [
                { name: 'type', valueCode: 'add' },
                { name: 'path', valueString: 'Patient' },
                { name: 'name', valueString: 'gender' },
                { name: 'value', valueCode: 'male' },
              ],
            },
          ],
        },
      },
    );
    expect(statuses(answer)).toEqual(['200', '200']);
    const genders = await Promise.all(
      [first, second].map(async ({ id }) => (await done<Patient>(call('GET', `${hub.fhir}/Patient/${id}`))).gender),
    );
    expect(genders).toEqual(['female', 'male']);
  });

  test('a patch leads to what the same Bundle makes', async () => {
    const [one, other] = [await create(randomUUID()), await create(randomUUID())];
    const organization = (): { readonly entry: BundleEntry; readonly fullUrl: string } => {
      const fullUrl = `urn:uuid:${randomUUID()}`;
      return { entry: post({ resourceType: 'Organization', name: 'A clinic' }, fullUrl), fullUrl };
    };
    const made = [organization(), organization(), organization()];
    const fullUrls = made.map(({ fullUrl }) => fullUrl);
    const change = {
      resourceType: 'Parameters',
      parameter: [
        operation(
          'add',
          'Patient',
          named('managingOrganization'),
          value({ valueReference: { reference: fullUrls[0] } }),
        ),
      ],
    };
    const json = [
      { op: 'add', path: '/generalPractitioner', value: [{ reference: fullUrls[1] }, { display: 'x' }] },
      { op: 'add', path: '/generalPractitioner/1/reference', value: fullUrls[2] },
    ];
    const answer = await send(
      { request: { method: 'PATCH', url: `Patient/${one.id}` }, resource: change },
      {
        request: { method: 'PATCH', url: `Patient/${other.id}` },
        resource: {
          resourceType: 'Binary',
          contentType: 'application/json-patch+json',
          data: btoa(JSON.stringify(json)),
        },
      },
      ...made.map(({ entry }) => entry),
    );
    expect(statuses(answer)).toEqual(['200', '200', '201', '201', '201']);
    const [first, second, third] = (answer.body.entry ?? [])
      .slice(2)
      .map(({ response }) => response?.location?.split('/_history')[0]);
    const read = (id: string): Promise<Patient> => done<Patient>(call('GET', `${hub.fhir}/Patient/${id}`));
    expect((await read(one.id)).managingOrganization).toEqual({ reference: first });
    expect((await read(other.id)).generalPractitioner).toEqual([
      { reference: second },
      { display: 'x', reference: third },
    ]);
  });

  test('nothing is made by POST under an id of its sender’s choice', async () => {
    const id = randomUUID();
    const answer = await send({
      request: { method: 'POST', url: `Patient/${id}` },
      resource: { resourceType: 'Patient' },
    });
    expect([answer.status, texts(answer)]).toEqual([
      405,
      ['POST means nothing at this address (a resource). See the metadata for what is served.'],
    ]);
    expect(answer.headers.get('allow')?.split(', ')).toContain('POST');
    expect((await call('GET', `${hub.fhir}/Patient/${id}`)).status).toBe(404);
  });

  test('what one entry deletes is not what another finds instead of making it', async () => {
    const mrn = randomUUID();
    const { id } = await create(mrn);
    const ifNoneExist = `identifier=${SYSTEM}|${mrn}`;
    const answer = await send(
      { request: { method: 'POST', url: 'Patient', ifNoneExist }, resource: patient(mrn) },
      { request: { method: 'DELETE', url: `Patient/${id}` } },
    );
    expect([answer.status, texts(answer)]).toEqual([
      400,
      [`Entry 1 of this Bundle deletes what meets this condition, Patient/${id}. Send the two one after the other.`],
    ]);
    expect((await call('GET', `${hub.fhir}/Patient/${id}`)).status).toBe(200);
  });

  test('a version that has gone on, or a resource that is there, refuses it all', async () => {
    const { id } = await create('c');
    const body = { resourceType: 'Patient', id };
    for (const condition of [{ ifMatch: 'W/"7"' }, { ifNoneMatch: '*' }]) {
      const answer = await send(post(patient('d')), {
        request: { method: 'PUT', url: `Patient/${id}`, ...condition },
        resource: body,
      });
      expect([
        answer.status,
        (answer.body as unknown as { issue: { expression: string[] }[] }).issue[0]?.expression,
      ]).toEqual([412, ['Bundle.entry[1]']]);
    }
  });

  test('an operation is refused, since it could not be undone', async () => {
    const answer = await send({ request: { method: 'POST', url: 'Patient/$match' }, resource: patient('x') });
    expect([answer.status, texts(answer)]).toEqual([
      400,
      ['A transaction has no operations in it. Send a batch, or the operation by itself.'],
    ]);
  });

  test('a resource is made under the id of its choice, and referred to by it', async () => {
    const id = randomUUID();
    const answer = await send(
      { request: { method: 'PUT', url: `Patient/${id}` }, resource: { resourceType: 'Patient', id } },
      post(observationOf(`Patient/${id}`)),
    );
    expect(statuses(answer)).toEqual(['201', '201']);
  });
});
