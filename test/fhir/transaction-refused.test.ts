import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, Patient, Resource } from '@medplum/fhirtypes';
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
  const create = (): Promise<Patient & { id: string }> =>
    done<Patient>(call('POST', `${hub.fhir}/Patient`, { body: { resourceType: 'Patient' } }));

  describe('of which one entry fails leaves nothing at all, in any table:', () => {
    const good = { resourceType: 'Patient', name: [{ family: 'Nobody' }] };
    test.each<[string, unknown, number, string, string | undefined]>([
      [
        'not valid',
        { request: { method: 'POST', url: 'Patient' }, resource: { resourceType: 'Patient', gender: 5 } },
        400,
        'Write text here, in quotes.',
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
        'an update of a version that there is not',
        {
          request: { method: 'PUT', url: 'Patient/nobody', ifMatch: 'W/"1"' },
          resource: { resourceType: 'Patient', id: 'nobody' },
        },
        404,
        'There is no Patient/nobody here.',
        'Bundle.entry[1]',
      ],
      [
        'a read of nothing',
        { request: { method: 'GET', url: 'Patient/nobody' } },
        404,
        'There is no Patient/nobody here.',
        'Bundle.entry[1]',
      ],
      [
        'an If-Match we cannot read',
        { request: { method: 'PUT', url: 'Patient/x', ifMatch: '3' }, resource: { resourceType: 'Patient', id: 'x' } },
        400,
        'If-Match must name a version as its ETag does, e.g. W/"3".',
        'Bundle.entry[1].request.ifMatch',
      ],
      [
        'an address that is none',
        { request: { method: 'GET', url: 'a/b/c/d/e' } },
        404,
        'There is nothing at this address of the FHIR API. Addresses are Type, Type/id, Type/id/_history/version.',
        'Bundle.entry[1]',
      ],
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
