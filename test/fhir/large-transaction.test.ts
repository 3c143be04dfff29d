import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, BundleEntry, Patient } from '@medplum/fhirtypes';
import { type Answer, call } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';

describe.each(databaseKinds())('a large transaction (%s)', (kind) => {
  let hub: TestHub;
  beforeAll(async () => {
    hub = await startHub(kind);
  });
  afterAll(() => hub?.close());

  const send = (entry: readonly BundleEntry[]): Promise<Answer<Bundle>> =>
    call<Bundle>('POST', hub.fhir, { body: { resourceType: 'Bundle', type: 'transaction', entry } });
  const created = async (resources: readonly Patient[]): Promise<readonly string[]> => {
    const answer = await send(resources.map((resource) => ({ request: { method: 'POST', url: 'Patient' }, resource })));
    return (answer.body.entry ?? []).map(({ response }) => response?.location?.split('/')[1] ?? '');
  };
  const patients = (count: number): Patient[] =>
    Array.from({ length: count }, (_, at) => ({ resourceType: 'Patient', identifier: [{ value: String(at) }] }));

  test('updates five hundred resources', async () => {
    const ids = await created(patients(500));
    const answer = await send(
      ids.map((id) => ({
        request: { method: 'PUT', url: `Patient/${id}`, ifMatch: 'W/"1"' },
        resource: { resourceType: 'Patient', id, gender: 'male' },
      })),
    );
    expect(answer.status).toBe(200);
    const etags = (answer.body.entry ?? []).map(({ response }) => response?.etag);
    expect([etags.length, new Set(etags)]).toEqual([500, new Set(['W/"2"'])]);
    const versions = await hub.deps.db.query(
      `SELECT count(*)::int AS count FROM resource_version WHERE type = 'Patient' AND version = 2`,
    );
    expect(versions).toEqual([{ count: 500 }]);
  });

  test('of a thousand resources that refer to each other is written whole', async () => {
    const fullUrl = 'urn:uuid:5b1f4f6e-0000-4000-8000-00000000aaaa';
    const flags = Array.from(
      { length: 999 },
      (): BundleEntry => ({
        request: { method: 'POST', url: 'Flag' },
        resource: { resourceType: 'Flag', status: 'active', code: { text: 'x' }, subject: { reference: fullUrl } },
      }),
    );
    const patient: BundleEntry = {
      fullUrl,
      request: { method: 'POST', url: 'Patient' },
      resource: { resourceType: 'Patient' },
    };
    const answer = await send([...flags, patient]);
    expect([answer.status, answer.body.entry?.length]).toEqual([200, 1_000]);
    const location = answer.body.entry?.at(-1)?.response?.location?.split('/_history')[0] ?? '';
    const subjects = await hub.deps.db.query(
      `SELECT DISTINCT content #>> '{subject,reference}' AS subject FROM resource WHERE type = 'Flag'`,
    );
    expect(subjects).toEqual([{ subject: location }]);
  });

  test('one of whose last references leads nowhere writes nothing', async () => {
    const flag = (subject: string): BundleEntry => ({
      request: { method: 'POST', url: 'Flag' },
      resource: { resourceType: 'Flag', status: 'active', code: { text: 'lost' }, subject: { reference: subject } },
    });
    const [id = ''] = await created(patients(1));
    const answer = await send([...Array.from({ length: 99 }, () => flag(`Patient/${id}`)), flag('Patient/no-such')]);
    const { issue } = answer.body as unknown as { issue: { expression: string[]; details: { text: string } }[] };
    expect([answer.status, issue.map(({ expression, details }) => [expression, details.text])]).toEqual([
      422,
      [
        [
          ['Bundle.entry[99].resource.subject.reference'],
          'There is no Patient/no-such on this hub. Send it in the same Bundle, or create it first.',
        ],
      ],
    ]);
    expect(await hub.deps.db.query(`SELECT 1 FROM resource WHERE content #>> '{code,text}' = 'lost'`)).toEqual([]);
  });
});
