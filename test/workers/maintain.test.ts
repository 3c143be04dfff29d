import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { maintain } from '../../workers/maintain.ts';
import { call } from '../support/api.ts';
import { startHub, type TestHub } from '../support/hub.ts';

describe('the embedded store', () => {
  let hub: TestHub;
  beforeAll(async () => {
    hub = await startHub('embedded');
  });
  afterAll(() => hub?.close());

  test('is tidied up: the planner learns how many rows there are', async () => {
    for (let at = 0; at < 20; at += 1) {
      await call('POST', `${hub.fhir}/Patient`, {
        body: { resourceType: 'Patient', name: [{ family: `Tester ${at}` }] },
      });
    }
    const known = async (): Promise<number> => {
      const [row] = await hub.deps.db.query<{ rows: number }>(
        `SELECT reltuples::int AS rows FROM pg_class WHERE relname = 'resource'`,
      );
      return row?.rows ?? -1;
    };
    expect(await known()).toBeLessThan(20);
    await maintain(hub.deps);
    expect(await known()).toBeGreaterThanOrEqual(20);
  });
});
