import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Patient } from '@medplum/fhirtypes';
import { call, done } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { NO_LIMITS, startHub, type TestHub } from '../support/hub.ts';

const serverTest = databaseKinds().includes('server') ? test : test.skip;

const OTHERS = 'datname = current_database() AND pid <> pg_backend_pid()';

let hub: TestHub | undefined;
beforeAll(async () => {
  if (databaseKinds().includes('server')) hub = await startHub('server', { settings: NO_LIMITS });
});
afterAll(() => hub?.close());

serverTest(
  'whatever is under way when the connections to the database are lost may be asked again, and is answered',
  async () => {
    const { fhir, deps } = hub as TestHub;
    const { id } = await done<Patient>(call('POST', `${fhir}/Patient`, { body: { resourceType: 'Patient' } }));
    const asks = [`Patient/${id}`, `Patient?_id=${id}`, `Patient/${id}?_elements=name`, `Patient/${id}/_history`];
    const seen = new Set<number>();
    for (let round = 0; round < 6; round += 1) {
      const answers = Array.from({ length: 24 }, (_, n) => call('GET', `${fhir}/${asks[n % asks.length]}`));
      await deps.db
        .query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${OTHERS}`)
        .catch(() => undefined);
      for (const { status, headers } of await Promise.all(answers)) {
        seen.add(status);
        expect(headers.get('retry-after')).toBe(status === 503 ? '5' : null);
      }
      await eventually(async () => expect((await call('GET', `${fhir}/Patient/${id}`)).status).toBe(200));
    }
    expect([...seen].sort()).toEqual([200, 503]);
  },
);
