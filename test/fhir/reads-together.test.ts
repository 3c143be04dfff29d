import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Patient } from '@medplum/fhirtypes';
import { call, done } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { addPartner } from '../support/network.ts';

/** Reads that come in the same moment are answered by one statement: each as if it had come alone. */
describe.each(databaseKinds())('reads that come together (%s)', (kind) => {
  let hub: TestHub;
  let [first, second] = ['', ''];
  beforeAll(async () => {
    hub = await startHub(kind);
    [first, second] = [(await addPartner(hub, 'First')).token, (await addPartner(hub, 'Second')).token];
  });
  afterAll(() => hub?.close());

  const patient = (token: string): Promise<Patient & { id: string }> =>
    done<Patient>(call('POST', `${hub.fhir}/Patient`, { token, body: { resourceType: 'Patient' } }));
  const read = async (id: string, token?: string): Promise<readonly [number, string | undefined]> => {
    const { status, body } = await call<Patient>('GET', `${hub.fhir}/Patient/${id}`, { token });
    return [status, body.resourceType === 'Patient' ? body.id : undefined];
  };

  test('get each what it asked for', async () => {
    const ids = await Promise.all(Array.from({ length: 12 }, async () => (await patient(first)).id));
    expect(await Promise.all(ids.map((id) => read(id, first)))).toEqual(ids.map((id) => [200, id]));
  });

  test('are each seen as their caller may see it', async () => {
    const { id } = await patient(first);
    const gone = await patient(first);
    await call('DELETE', `${hub.fhir}/Patient/${gone.id}`, { token: first });
    const answers = await Promise.all([
      read(id, first),
      read(id, second),
      read(id),
      read(gone.id, first),
      read(gone.id, second),
      read('nothing', first),
      read(id, first),
    ]);
    expect(answers.map(([status]) => status)).toEqual([200, 404, 200, 410, 404, 404, 200]);
  });
});
