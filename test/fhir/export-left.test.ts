import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { call, done, fetchAsOperator } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { kickOff, manifestAt } from './exports.ts';

/** Together more than waits on its way between two programs of one machine. */
const RESOURCES = 30;
const CHARACTERS = 900_000;

describe.each(databaseKinds())('a file of an export that is removed while it is taken (%s)', (kind) => {
  let hub: TestHub;
  beforeAll(async () => {
    hub = await startHub(kind, { workers: true });
    const body = { resourceType: 'Basic', code: { text: 'x'.repeat(CHARACTERS) } };
    for (let at = 0; at < RESOURCES; at += 1) await done(call('POST', `${hub.fhir}/Basic`, { body }));
  }, 60_000);
  afterAll(() => hub?.close());

  test('is cut off: half of it must not be taken for all of it', async () => {
    const { statusUrl } = await kickOff(`${hub.fhir}/$export?_type=Basic`);
    const { output } = await manifestAt(statusUrl);
    const answer = await fetchAsOperator(output[0]?.url ?? '', { headers: { 'accept-encoding': 'identity' } });
    const reader = answer.body?.getReader();
    await reader?.read();
    expect((await call('DELETE', statusUrl)).status).toBe(202);
    const rest = async (): Promise<void> => {
      for (let done = false; !done; ) done = (await reader?.read())?.done ?? true;
    };
    await expect(rest()).rejects.toThrow('terminated');
  });
});
