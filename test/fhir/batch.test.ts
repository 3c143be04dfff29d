import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, BundleEntry, OperationOutcome, Patient } from '@medplum/fhirtypes';
import { type Answer, call, done, found } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';

describe.each(databaseKinds())('a batch (%s)', (kind) => {
  let hub: TestHub;
  beforeAll(async () => {
    hub = await startHub(kind);
  });
  afterAll(() => hub?.close());

  const send = (...entry: unknown[]): Promise<Answer<Bundle>> =>
    call<Bundle>('POST', hub.fhir, { body: { resourceType: 'Bundle', type: 'batch', entry } });
  const create = (family = 'Ek'): Promise<Patient & { id: string }> =>
    done<Patient>(call('POST', `${hub.fhir}/Patient`, { body: { resourceType: 'Patient', name: [{ family }] } }));
  const statuses = ({ body }: Answer<Bundle>): (string | undefined)[] =>
    (body.entry ?? []).map(({ response }) => response?.status);
  const post = (resource: object): object => ({ request: { method: 'POST', url: 'Patient' }, resource });
  const outcomeOf = (entry: BundleEntry | undefined): OperationOutcome | undefined =>
    entry?.response?.outcome as OperationOutcome | undefined;

  test('carries out each entry by itself: one that is bad does not harm the others', async () => {
    const family = `Batch${randomUUID().slice(0, 8)}`;
    const good = post({ resourceType: 'Patient', name: [{ family }] });
    const { id } = await create();
    const answer = await send(
      good,
      post({ resourceType: 'Patient', gender: 5 }),
      { request: { method: 'GET', url: `Patient/${id}` } },
      { request: { method: 'GET', url: 'Patient/nobody' } },
      { request: { method: 'PUT', url: `Patient/${id}`, ifMatch: 'W/"7"' }, resource: { resourceType: 'Patient', id } },
      {
        request: { method: 'POST', url: 'Observation' },
        resource: {
          resourceType: 'Observation',
          status: 'final',
          code: { text: 'x' },
          subject: { reference: 'Patient/nobody' },
        },
      },
      { request: { method: 'GET', url: 'a/b/c/d/e' } },
      { request: { method: 'DELETE', url: `Patient/${(await create()).id}` } },
      good,
    );
    expect([answer.status, answer.body.type]).toEqual([200, 'batch-response']);
    expect(statuses(answer)).toEqual(['201', '400', '200', '404', '412', '422', '404', '200', '201']);
    expect(found(await call('GET', `${hub.fhir}/Patient?family=${family}`))).toHaveLength(2);
  });

  test('says of each bad entry what is wrong with it, and of each good one where it is', async () => {
    const { body } = await send(post({ resourceType: 'Patient' }), {
      request: { method: 'GET', url: 'Patient/nobody' },
    });
    expect(body.entry?.[0]?.response).toEqual({
      status: '201',
      location: expect.stringMatching(/^Patient\/[0-9a-f-]{36}\/_history\/1$/),
      etag: 'W/"1"',
      lastModified: expect.any(String),
    });
    expect(outcomeOf(body.entry?.[1])?.issue).toEqual([
      expect.objectContaining({
        severity: 'error',
        code: 'not-found',
        details: expect.objectContaining({ text: 'There is no Patient/nobody here.' }),
      }),
    ]);
    expect(outcomeOf(body.entry?.[1])).not.toHaveProperty('id');
  });

  test('answers a read with the resource, and a search with what it found', async () => {
    const patient = await create(`Read${randomUUID().slice(0, 8)}`);
    const { body } = await send(
      { request: { method: 'GET', url: `Patient/${patient.id}` } },
      { request: { method: 'GET', url: `Patient?family=${patient.name?.[0]?.family}` } },
    );
    expect(body.entry?.[0]?.resource).toEqual(patient);
    expect((body.entry?.[1]?.resource as Bundle | undefined)?.entry?.map(({ resource }) => resource)).toEqual([
      patient,
    ]);
  });

  test('answers an operation and a search by POST with what they give', async () => {
    const patient = await create(`Post${randomUUID().slice(0, 8)}`);
    const { body } = await send(
      {
        request: { method: 'POST', url: 'Patient/$validate' },
        resource: { resourceType: 'Patient', gender: 'unheard of' },
      },
      {
        request: { method: 'POST', url: 'Patient/$match' },
        resource: { resourceType: 'Parameters', parameter: [{ name: 'resource', resource: patient }] },
      },
      { request: { method: 'POST', url: `Patient/_search?family=${patient.name?.[0]?.family}&_elements=gender` } },
    );
    expect(body.entry?.map(({ resource, response }) => [response?.status, resource?.resourceType])).toEqual([
      ['200', 'OperationOutcome'],
      ['200', 'Bundle'],
      ['200', 'Bundle'],
    ]);
    const seen = (body.entry?.[2]?.resource as Bundle | undefined)?.entry?.map(({ resource }) => resource);
    expect(seen).toEqual([expect.objectContaining({ id: patient.id })]);
    expect(seen?.[0]).not.toHaveProperty('name');
  });

  test('refuses a search whose parameters stand where they are not read, rather than find everything', async () => {
    const resource = { resourceType: 'Parameters', parameter: [{ name: 'family', valueString: 'Ek' }] };
    const answer = await send({ request: { method: 'POST', url: 'Patient/_search' }, resource });
    expect([statuses(answer), outcomeOf(answer.body.entry?.[0])?.issue[0]?.details?.text]).toEqual([
      ['415'],
      'A search by POST has its parameters in a form (Content-Type application/x-www-form-urlencoded) or in the address.',
    ]);
  });

  test('whose entry cannot be understood is refused as a whole, before anything is done', async () => {
    const family = `None${randomUUID().slice(0, 8)}`;
    const answer = await send(post({ resourceType: 'Patient', name: [{ family }] }), { request: { method: 'POST' } });
    expect(answer.status).toBe(400);
    expect(found(await call('GET', `${hub.fhir}/Patient?family=${family}`))).toEqual([]);
  });
});
