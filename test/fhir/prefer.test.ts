import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, OperationOutcome, Patient } from '@medplum/fhirtypes';
import { type Answer, call, done, texts } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';

describe.each(databaseKinds())('who prefers (%s)', (kind) => {
  let hub: TestHub;
  beforeAll(async () => {
    hub = await startHub(kind);
  });
  afterAll(() => hub?.close());

  const post = (prefer?: string): Promise<Answer<Patient>> =>
    call<Patient>('POST', `${hub.fhir}/Patient`, {
      body: { resourceType: 'Patient', gender: 'female' },
      headers: prefer ? { prefer } : {},
    });
  const create = (): Promise<Patient & { id: string }> => done<Patient>(post());

  test.each([
    undefined,
    'return=representation',
    'return="representation"',
    'respond-async, return=representation',
    'RETURN=Representation',
    'return = representation',
    'x',
  ])('the resource, gets it: %s', async (prefer) => {
    const { status, body } = await post(prefer);
    expect([status, body.resourceType, body.gender, body.meta?.versionId]).toEqual([201, 'Patient', 'female', '1']);
  });

  test.each(['return=minimal', 'Return="MINIMAL"'])('nothing, gets nothing but where it is: %s', async (prefer) => {
    const answer = await post(prefer);
    expect([answer.status, answer.body]).toEqual([201, undefined]);
    const location = answer.headers.get('location') ?? '';
    expect((await call<Patient>('GET', location)).body.gender).toBe('female');
    expect(answer.headers.get('etag')).toBe('W/"1"');
  });

  test('an OperationOutcome, gets one', async () => {
    const created = await post('return=OperationOutcome');
    const address = created.headers.get('location')?.slice(hub.fhir.length + 1, -'/_history/1'.length);
    expect([created.status, texts(created)]).toEqual([201, [`${address} was created.`]]);
    const outcome = created.body as unknown as OperationOutcome;
    expect(outcome.issue[0]).toMatchObject({ severity: 'information', code: 'informational' });
  });

  test('nothing of an update or a patch, gets nothing', async () => {
    const patient = await create();
    const url = `${hub.fhir}/Patient/${patient.id}`;
    const headers = { prefer: 'return=minimal' };
    const put = await call('PUT', url, { body: { ...patient, gender: 'other' }, headers });
    const patch = await call('PATCH', url, {
      body: [{ op: 'replace', path: '/gender', value: 'male' }],
      headers: { ...headers, 'content-type': 'application/json-patch+json' },
    });
    expect([put, patch].map(({ status, body, headers }) => [status, body, headers.get('etag')])).toEqual([
      [200, undefined, 'W/"2"'],
      [200, undefined, 'W/"3"'],
    ]);
  });

  test('nothing of a deletion, is told that there is nothing', async () => {
    const { id } = await create();
    const remove = (headers: Record<string, string>): Promise<Answer> =>
      call('DELETE', `${hub.fhir}/Patient/${id}`, { headers });
    expect((await remove({ prefer: 'return=minimal' })).status).toBe(204);
    const told = await remove({});
    expect([told.status, texts(told)]).toEqual([200, ['Deleted.']]);
  });

  test.each([
    ['return=minimal', [undefined, undefined]],
    [undefined, [undefined, undefined]],
    ['return=representation', ['female', 'male']],
  ])('of a Bundle: %s', async (prefer, genders) => {
    const entry = (gender: string): object => ({
      request: { method: 'POST', url: 'Patient' },
      resource: { resourceType: 'Patient', gender },
    });
    for (const type of ['transaction', 'batch']) {
      const { body } = await call<Bundle>('POST', hub.fhir, {
        body: { resourceType: 'Bundle', type, entry: [entry('female'), entry('male')] },
        headers: prefer ? { prefer } : {},
      });
      expect(body.entry?.map(({ resource }) => (resource as Patient | undefined)?.gender)).toEqual(genders);
      expect(body.entry?.map(({ response }) => response?.status)).toEqual(['201', '201']);
    }
  });

  test.each(['transaction', 'batch'])('OperationOutcomes of a %s, gets one for each change', async (type) => {
    const { id } = await create();
    const { body } = await call<Bundle>('POST', hub.fhir, {
      body: {
        resourceType: 'Bundle',
        type,
        entry: [
          { request: { method: 'POST', url: 'Patient' }, resource: { resourceType: 'Patient' } },
          { request: { method: 'DELETE', url: `Patient/${id}` } },
          { request: { method: 'GET', url: 'Patient?_count=1' } },
        ],
      },
      headers: { prefer: 'return=OperationOutcome' },
    });
    const said = body.entry?.map(({ response }) => (response?.outcome as OperationOutcome | undefined)?.issue[0]);
    const made = body.entry?.[0]?.response?.location?.split('/_history')[0];
    expect(said?.map((issue) => issue?.details?.text)).toEqual([`${made} was created.`, 'Deleted.', undefined]);
    expect(said?.[0]?.severity).toBe('information');
  });
});
