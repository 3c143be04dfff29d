import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle } from '@medplum/fhirtypes';
import { call, done } from '../support/api.ts';
import { createClock } from '../support/clock.ts';
import { databaseKinds } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { startHub, type TestHub } from '../support/hub.ts';

describe.each(databaseKinds())('a store that has grown (%s)', (kind) => {
  const clock = createClock();
  let hub: TestHub;
  beforeAll(async () => {
    hub = await startHub(kind, { now: clock.now });
  });
  afterAll(() => hub?.close());

  const known = async (): Promise<number> => {
    const { rows } = await hub.deps.store.search.statistics(hub.deps.db);
    return rows;
  };
  const many = (): Bundle => ({
    resourceType: 'Bundle',
    type: 'batch',
    entry: Array.from({ length: 400 }, (_, at) => ({
      resource: { resourceType: 'Patient', name: [{ family: `Grown${at}` }], text: { status: 'generated', div: DIV } },
      request: { method: 'POST', url: 'Patient' },
    })),
  });

  test('is counted anew when it is searched, long before the database would by itself', async () => {
    const before = await known();
    await done(call('POST', hub.fhir, { body: many() }));
    await eventually(async () => {
      // What was read is kept for ten seconds.
      clock.advance(11_000);
      await done(call('GET', `${hub.fhir}/Patient?family=Grown7`));
      expect(await known()).toBeGreaterThanOrEqual(before + 400);
    });
  });
});

const DIV = `<div xmlns="http://www.w3.org/1999/xhtml">${'<p>Somebody who was here.</p>'.repeat(40)}</div>`;
