import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, Patient } from '@medplum/fhirtypes';
import { call, done, found } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { addPartner, type Partner } from '../support/network.ts';
import { kickOff, linesOf, manifestAt } from './exports.ts';
import { madeOf, writeEntries } from './provenances.ts';

describe.each(databaseKinds())('who asks for Provenance is told of what was changed before (%s)', (kind) => {
  let hub: TestHub;
  let clinic: Partner;
  beforeAll(async () => {
    // Exports are made; Provenances only for who asks.
    hub = await startHub(kind, { workers: true, settings: { AUDIT_SEAL_INTERVAL_MS: '3600000' } });
    clinic = await addPartner(hub, 'A Clinic');
  });
  afterAll(() => hub?.close());

  const made = (): Promise<Patient & { id: string }> =>
    done<Patient>(call('POST', `${hub.fhir}/Patient`, { token: clinic.token, body: { resourceType: 'Patient' } }));

  test.each([
    ['a search', 'GET', '/Provenance?target={}'],
    ['a search by POST', 'POST', '/Provenance/_search'],
    ['_revinclude', 'GET', '/Patient?_id={id}&_revinclude=Provenance:target'],
    ['_revinclude of all', 'GET', '/Patient?_id={id}&_revinclude=*'],
    ['a compartment', 'GET', '/{}/Provenance'],
    ['all of a compartment', 'GET', '/{}/*'],
    ['everything', 'GET', '/{}/$everything'],
    ['several types', 'GET', '/?_type=Provenance,Patient&_lastUpdated=gt2000-01-01'],
    ['the history of the type', 'GET', '/Provenance/_history?_count=1000'],
    ['the history of all', 'GET', '/_history?_count=1000'],
    ['a batch', 'batch', 'Provenance?target={}'],
    ['a transaction', 'transaction', 'Provenance?target={}'],
  ])('by %s', async (_name, method, path) => {
    const { id } = await made();
    const url = path.replace('{}', `Patient/${id}`).replace('{id}', id);
    const isBundle = method === 'batch' || method === 'transaction';
    const form = { body: `target=Patient/${id}`, headers: { 'content-type': 'application/x-www-form-urlencoded' } };
    const body = { resourceType: 'Bundle', type: method, entry: [{ request: { method: 'GET', url } }] };
    const answer = isBundle
      ? await call<Bundle>('POST', hub.fhir, { body })
      : await call<Bundle>(method, `${hub.fhir}${url}`, method === 'POST' ? form : {});
    expect(JSON.stringify(answer.body)).toContain(`"reference":"Patient/${id}/_history/1"`);
  });

  test('by _has', async () => {
    const { id } = await made();
    const url = `${hub.fhir}/Patient?_id=${id}&_has:Provenance:target:recorded=gt2000-01-01`;
    expect(found(await call('GET', url))).toHaveLength(1);
  });

  test.each(['$export?_type=Provenance', '$export', 'Patient/$export'])('by %s', async (path) => {
    const { id } = await made();
    const { statusUrl } = await kickOff(`${hub.fhir}/${path}`);
    const { output } = await manifestAt(statusUrl);
    const lines = JSON.stringify(await linesOf(output.filter(({ type }) => type === 'Provenance')));
    expect(lines).toContain(`"reference":"Patient/${id}/_history/1"`);
  });

  test('but not while there are too many: that is said, and asking again goes on', async () => {
    await writeEntries(hub.deps.db, 1, 10_300);
    const refused = await call('GET', `${hub.fhir}/Provenance?_summary=count`);
    expect([refused.status, refused.body]).toMatchObject([
      503,
      {
        issue: [
          {
            code: 'transient',
            details: {
              text: 'Very much was changed just now, and its Provenance is still being written: the answer would lack some of it. Ask again in some seconds, or for other types without Provenance (_type).',
            },
          },
        ],
      },
    ]);
    expect(refused.headers.get('retry-after')).toBe('5');
    expect((await madeOf(hub.deps.db)).all).toBe(10_000);
    expect((await call('GET', `${hub.fhir}/Provenance?_summary=count`)).status).toBe(200);
    expect(await madeOf(hub.deps.db)).toMatchObject({ all: 10_300, versions: 10_300 });
  });
});
