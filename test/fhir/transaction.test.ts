import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, BundleEntry, Observation, Patient, Resource } from '@medplum/fhirtypes';
import { type Answer, call, done } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';

describe.each(databaseKinds())('a transaction (%s)', (kind) => {
  let hub: TestHub;
  beforeAll(async () => {
    hub = await startHub(kind);
  });
  afterAll(() => hub?.close());

  const send = (...entry: unknown[]): Promise<Answer<Bundle>> =>
    call<Bundle>('POST', hub.fhir, { body: { resourceType: 'Bundle', type: 'transaction', entry } });
  const post = (resource: object, fullUrl?: string): object => ({
    ...(fullUrl ? { fullUrl } : {}),
    request: { method: 'POST', url: (resource as Resource).resourceType },
    resource,
  });
  const observation = (subject: string): object => ({
    resourceType: 'Observation',
    status: 'final',
    code: { text: 'x' },
    subject: { reference: subject },
  });
  const locationOf = (entry: BundleEntry | undefined): string => entry?.response?.location?.split('/_history')[0] ?? '';
  const read = <T extends Resource>(reference: string): Promise<T & { id: string }> =>
    done<T>(call('GET', `${hub.fhir}/${reference}`));
  const create = (): Promise<Patient & { id: string }> =>
    done<Patient>(call('POST', `${hub.fhir}/Patient`, { body: { resourceType: 'Patient' } }));

  test('answers in the order it was sent: status, location, ETag and time of each entry', async () => {
    const urn = `urn:uuid:${randomUUID()}`;
    const { status, body } = await send(post(observation(urn)), post({ resourceType: 'Patient' }, urn));
    expect([status, body.resourceType, body.type]).toEqual([200, 'Bundle', 'transaction-response']);
    expect(body.entry).toEqual(
      ['Observation', 'Patient'].map((type) => ({
        response: {
          status: '201',
          location: expect.stringMatching(new RegExp(`^${type}/[0-9a-f-]{36}/_history/1$`)),
          etag: 'W/"1"',
          lastModified: expect.any(String),
        },
      })),
    );
  });

  test.each([
    ['urns', `urn:uuid:${randomUUID()}`, undefined],
    ['urns that are no UUIDs', 'urn:uuid:the-patient', undefined],
    ['addresses of the sender', 'https://ehr.example/fhir/Patient/77', undefined],
    ['addresses of the sender, relative to it', 'https://ehr.example/fhir/Patient/77', 'Patient/77'],
    ['relative addresses', 'Patient/77', 'Patient/77'],
  ])('may name its entries by %s', async (_name, fullUrl, reference) => {
    const { body } = await send(post({ resourceType: 'Patient' }, fullUrl), post(observation(reference ?? fullUrl)));
    const [patient, about] = body.entry ?? [];
    expect((await read<Observation>(locationOf(about))).subject).toEqual({ reference: locationOf(patient) });
  });

  test('may have entries that refer to each other, in any order', async () => {
    const [one, two] = [`urn:uuid:${randomUUID()}`, `urn:uuid:${randomUUID()}`];
    const task = (partOf: string): object => ({
      resourceType: 'Task',
      status: 'draft',
      intent: 'plan',
      partOf: [{ reference: partOf }],
    });
    const { body } = await send(post(task(two), one), post(task(one), two));
    const [first, second] = (body.entry ?? []).map(locationOf);
    expect(await read(first ?? '')).toMatchObject({ partOf: [{ reference: second }] });
    expect(await read(second ?? '')).toMatchObject({ partOf: [{ reference: first }] });
  });

  test('may create, update, patch, delete and read at once', async () => {
    const [updated, patched, removed, seen] = [await create(), await create(), await create(), await create()];
    const patch = Buffer.from(JSON.stringify([{ op: 'add', path: '/gender', value: 'other' }])).toString('base64');
    const { status, body } = await send(
      { request: { method: 'GET', url: `Patient/${seen.id}` } },
      { request: { method: 'DELETE', url: `Patient/${removed.id}` } },
      {
        request: { method: 'PUT', url: `Patient/${updated.id}`, ifMatch: 'W/"1"' },
        resource: { resourceType: 'Patient', id: updated.id, gender: 'male' },
      },
      {
        request: { method: 'PATCH', url: `Patient/${patched.id}` },
        resource: { resourceType: 'Binary', contentType: 'application/json-patch+json', data: patch },
      },
      post({ resourceType: 'Patient' }),
    );
    expect([status, body.entry?.map(({ response }) => response?.status)]).toEqual([
      200,
      ['200', '200', '200', '200', '201'],
    ]);
    expect(body.entry?.[0]?.resource).toEqual(seen);
    expect((await read<Patient>(`Patient/${updated.id}`)).gender).toBe('male');
    expect((await read<Patient>(`Patient/${patched.id}`)).gender).toBe('other');
    expect((await call('GET', `${hub.fhir}/Patient/${removed.id}`)).status).toBe(410);
  });

  test('finds in a search what it has created itself', async () => {
    const family = `Same${randomUUID().slice(0, 8)}`;
    const { body } = await send(post({ resourceType: 'Patient', name: [{ family }] }), {
      request: { method: 'GET', url: `Patient?family=${family}` },
    });
    const searched = body.entry?.[1]?.resource as Bundle;
    expect(searched.entry?.map(({ resource }) => `Patient/${resource?.id}`)).toEqual([locationOf(body.entry?.[0])]);
  });

  test.each(['transaction', 'batch'])(
    'of the type %s may write its addresses with a slash before them',
    async (type) => {
      const { id } = await create();
      const resource = { resourceType: 'Patient', id, gender: 'other' };
      const entry = [
        { request: { method: 'POST', url: '/Patient' }, resource: { resourceType: 'Patient' } },
        { request: { method: 'PUT', url: `/Patient/${id}` }, resource },
        { request: { method: 'GET', url: `/Patient?_id=${id}` } },
      ];
      const { body } = await call<Bundle>('POST', hub.fhir, { body: { resourceType: 'Bundle', type, entry } });
      expect(body.entry?.map(({ response }) => response?.status)).toEqual(['201', '200', '200']);
    },
  );
});
