import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, Organization, Patient } from '@medplum/fhirtypes';
import { type Answer, call, done, found, texts } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { written } from './written.ts';

const SYSTEM = 'https://hospital.example/mrn';

describe.each(databaseKinds())('a condition in a Bundle (%s)', (kind) => {
  let hub: TestHub;
  beforeAll(async () => {
    hub = await startHub(kind);
  });
  afterAll(() => hub?.close());

  const at = (path: string): string => `${hub.fhir}/${path}`;
  const patient = (value: string, fields: Partial<Patient> = {}): Patient => ({
    resourceType: 'Patient',
    identifier: [{ system: SYSTEM, value }],
    ...fields,
  });
  const condition = (value: string): string => `identifier=${encodeURIComponent(`${SYSTEM}|${value}`)}`;
  const known = async (value: string): Promise<(Patient & { id: string })[]> =>
    found<Patient>(await call('GET', at(`Patient?${condition(value)}`)));
  const bundle = (...entry: unknown[]): unknown => ({ resourceType: 'Bundle', type: 'transaction', entry });

  test('leads the other entries to what meets it, also in a large Bundle', async () => {
    const existing = await done<Patient>(call('POST', at('Patient'), { body: patient('large') }));
    const urn = `urn:uuid:${randomUUID()}`;
    const observations = Array.from({ length: 12 }, () => ({
      request: { method: 'POST', url: 'Observation' },
      resource: { resourceType: 'Observation', status: 'final', code: { text: 'x' }, subject: { reference: urn } },
    }));
    const first = {
      fullUrl: urn,
      request: { method: 'POST', url: 'Patient', ifNoneExist: condition('large') },
      resource: patient('large'),
    };
    const { status, body } = await call<Bundle>('POST', hub.fhir, { body: bundle(first, ...observations) });
    expect([status, body.entry?.map(({ response }) => response?.status)]).toEqual([
      200,
      ['200', ...observations.map(() => '201')],
    ]);
    expect(body.entry?.[0]?.response).toMatchObject({ location: `Patient/${existing.id}/_history/1`, etag: 'W/"1"' });
    const about = await call('GET', at(`Observation?subject=Patient/${existing.id}&_count=100`));
    expect(found(about)).toHaveLength(12);
  });

  test('that two entries have is refused: they cannot both be the one resource', async () => {
    const before = await written(hub.deps.db);
    const entry = {
      request: { method: 'POST', url: 'Patient', ifNoneExist: condition('self') },
      resource: patient('self'),
    };
    const answer = await call('POST', hub.fhir, { body: bundle(entry, entry) });
    expect([answer.status, texts(answer)]).toEqual([
      400,
      ['Entry 0 of this Bundle has the same condition. Say in one entry what both say.'],
    ]);
    expect(await written(hub.deps.db)).toEqual(before);
  });

  test('that nothing meets leaves nothing to patch', async () => {
    const patch = {
      resourceType: 'Binary',
      contentType: 'application/json-patch+json',
      data: Buffer.from('[]').toString('base64'),
    };
    const answer = await call('POST', hub.fhir, {
      body: bundle({ request: { method: 'PATCH', url: `Patient?${condition('nobody')}` }, resource: patch }),
    });
    expect([answer.status, texts(answer)]).toEqual([
      404,
      ['Nothing meets this condition, so there is nothing to change.'],
    ]);
  });

  test('under which to update creates, then updates', async () => {
    const put = (gender: string): Promise<Answer<Bundle>> =>
      call<Bundle>('POST', hub.fhir, {
        body: bundle({
          request: { method: 'PUT', url: `Patient?${condition('c')}` },
          resource: { ...patient('c'), gender },
        }),
      });
    const statuses = [await put('male'), await put('female')].map(({ body }) => body.entry?.[0]?.response?.status);
    expect([statuses, (await known('c')).map(({ gender }) => gender)]).toEqual([['201', '200'], ['female']]);
  });

  test('under which to delete deletes what meets it, if anything does', async () => {
    await done(call('POST', at('Patient'), { body: patient('d') }));
    const remove = (): Promise<Answer<Bundle>> =>
      call<Bundle>('POST', hub.fhir, {
        body: bundle({ request: { method: 'DELETE', url: `Patient?${condition('d')}` } }),
      });
    expect([(await remove()).status, await known('d'), (await remove()).status]).toEqual([200, [], 200]);
  });

  test('that several meet refuses the whole Bundle', async () => {
    await done(call('POST', at('Patient'), { body: patient('many') }));
    await done(call('POST', at('Patient'), { body: patient('many') }));
    const before = await written(hub.deps.db);
    const organization: Organization = { resourceType: 'Organization', name: 'Not made' };
    const entries = [
      { request: { method: 'POST', url: 'Organization' }, resource: organization },
      { request: { method: 'POST', url: 'Patient', ifNoneExist: condition('many') }, resource: patient('many') },
    ];
    expect((await call('POST', hub.fhir, { body: bundle(...entries) })).status).toBe(412);
    expect(await written(hub.deps.db)).toEqual(before);
  });
});
