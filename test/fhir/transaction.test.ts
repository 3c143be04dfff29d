import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, BundleEntry, Observation, Patient, Resource } from '@medplum/fhirtypes';
import { type Answer, call, done, found, texts } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { written } from './written.ts';

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

  // A limit of the engine.
  test('may update fifty resources; with more it is refused, and nothing is changed', async () => {
    const patients = await Promise.all(Array.from({ length: 51 }, create));
    const entries = patients.map(({ id }) => ({
      request: { method: 'PUT', url: `Patient/${id}` },
      resource: { resourceType: 'Patient', id, gender: 'male' },
    }));
    const before = await written(hub.deps.db);
    const refused = await send(...entries);
    expect([refused.status, texts(refused)]).toEqual([
      400,
      ['Transaction contains more update operations than allowed'],
    ]);
    expect(await written(hub.deps.db)).toEqual(before);
    expect((await send(...entries.slice(1))).status).toBe(200);
  });

  describe('of which one entry fails leaves nothing at all, in any table:', () => {
    const good = { resourceType: 'Patient', name: [{ family: 'Nobody' }] };
    test.each<[string, unknown, number, string, string | undefined]>([
      [
        'not valid',
        { request: { method: 'POST', url: 'Patient' }, resource: { resourceType: 'Patient', gender: 5 } },
        400,
        'Invalid JSON type: expected string, but got number',
        'Bundle.entry[1].resource.gender',
      ],
      [
        'a reference to nothing',
        post(observation('Patient/nobody')),
        422,
        'There is no Patient/nobody on this hub. Send it in the same Bundle, or create it first.',
        'Bundle.entry[1].resource.subject.reference',
      ],
      [
        'an update of nothing',
        { request: { method: 'PUT', url: 'Patient/nobody' }, resource: { resourceType: 'Patient', id: 'nobody' } },
        404,
        'There is no Patient/nobody here.',
        undefined,
      ],
      [
        'a read of nothing',
        { request: { method: 'GET', url: 'Patient/nobody' } },
        404,
        'There is no Patient/nobody here.',
        undefined,
      ],
      [
        'an If-Match we cannot read',
        { request: { method: 'PUT', url: 'Patient/x', ifMatch: '3' }, resource: { resourceType: 'Patient', id: 'x' } },
        400,
        'If-Match must name a version as its ETag does, e.g. W/"3".',
        'Bundle.entry[1].request.ifMatch',
      ],
      ['an address that is none', { request: { method: 'GET', url: 'a/b/c/d/e' } }, 404, 'Not found', undefined],
    ])('%s', async (_name, bad, status, text, expression) => {
      const before = await written(hub.deps.db);
      const answer = await send(post(good), bad, post(good));
      expect([answer.status, texts(answer)]).toEqual([status, [text]]);
      if (expression)
        expect((answer.body as unknown as { issue: object[] }).issue[0]).toMatchObject({ expression: [expression] });
      expect(await written(hub.deps.db)).toEqual(before);
    });

    test('a stale version', async () => {
      const { id } = await create();
      await done(call('PUT', `${hub.fhir}/Patient/${id}`, { body: { resourceType: 'Patient', id, gender: 'male' } }));
      const before = await written(hub.deps.db);
      const answer = await send(post(good), {
        request: { method: 'PUT', url: `Patient/${id}`, ifMatch: 'W/"1"' },
        resource: { resourceType: 'Patient', id },
      });
      expect([answer.status, texts(answer)]).toEqual([
        412,
        [`You changed version 1 of Patient/${id}, which is now at version 2. Read it again and repeat your change.`],
      ]);
      expect(await written(hub.deps.db)).toEqual(before);
    });

    test('the same resource twice', async () => {
      const { id } = await create();
      const before = await written(hub.deps.db);
      const put = { request: { method: 'PUT', url: `Patient/${id}` }, resource: { resourceType: 'Patient', id } };
      expect((await send(post(good), put, put)).status).toBe(400);
      expect(await written(hub.deps.db)).toEqual(before);
    });
  });

  test('that was refused can be sent again, corrected', async () => {
    const family = `Again${randomUUID().slice(0, 8)}`;
    const entry = post({ resourceType: 'Patient', name: [{ family }] });
    expect((await send(entry, post(observation('Patient/nobody')))).status).toBe(422);
    expect((await send(entry)).status).toBe(200);
    expect(found(await call('GET', `${hub.fhir}/Patient?family=${family}`))).toHaveLength(1);
  });
});
