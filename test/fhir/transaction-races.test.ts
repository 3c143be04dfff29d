import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, BundleEntry, Patient } from '@medplum/fhirtypes';
import { type Answer, call, done } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';

const SYSTEM = 'https://hospital.example/mrn';

/** Beside each other, Bundles that take the same resources in different orders would each wait for what the other has. */
describe.each(databaseKinds())('transactions about the same resources, each in an order of its own (%s)', (kind) => {
  let hub: TestHub;
  let ids: readonly string[] = [];
  beforeAll(async () => {
    hub = await startHub(kind);
    ids = await Promise.all(Array.from({ length: 6 }, made));
  });
  afterAll(() => hub?.close());

  const made = async (): Promise<string> =>
    (await done<Patient>(call('POST', `${hub.fhir}/Patient`, { body: { resourceType: 'Patient' } }))).id;
  const put = (id: string, by: number): BundleEntry => ({
    request: { method: 'PUT', url: `Patient/${id}` },
    resource: { resourceType: 'Patient', id, identifier: [{ system: SYSTEM, value: `${by}` }] },
  });
  const remove = (id: string): BundleEntry => ({ request: { method: 'DELETE', url: `Patient/${id}` } });
  const send = (entry: BundleEntry[]): Promise<Answer<Bundle>> =>
    call<Bundle>('POST', hub.fhir, { body: { resourceType: 'Bundle', type: 'transaction', entry } });
  /** Begins at another one each time, and goes one way or the other. */
  const turned = (by: number): string[] => {
    const order = ids.map((_, at) => ids[(at + by) % ids.length] as string);
    return by % 2 === 0 ? order : order.reverse();
  };
  const sendAll = (count: number, entries: (by: number) => BundleEntry[]): Promise<Answer<Bundle>[]> =>
    Promise.all(Array.from({ length: count }, (_, by) => send(entries(by))));
  const read = (): Promise<Answer<Patient>[]> =>
    Promise.all(ids.map((id) => call<Patient>('GET', `${hub.fhir}/Patient/${id}`)));

  test('are all carried out, one after another, each as a whole', async () => {
    const answers = await sendAll(24, (by) => turned(by).map((id) => put(id, by)));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    const left = (await read()).map(({ body }) => [body.meta?.versionId, body.identifier?.[0]?.value]);
    expect(left).toEqual(left.map(() => ['25', left[0]?.[1]]));
  });

  test('are carried out where others delete what they are about, too', async () => {
    const answers = await sendAll(24, (by) =>
      turned(by).map((id, at) => ((at + by) % 4 === 0 ? remove(id) : put(id, by))),
    );
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
  });
});
