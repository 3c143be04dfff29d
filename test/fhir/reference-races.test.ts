import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, Observation, Patient } from '@medplum/fhirtypes';
import { call, done } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { startHub, type TestHub } from '../support/hub.ts';

const ROUNDS = 15;

/** What is referred to is not deleted, and to what is deleted nobody refers: also where both are asked for in one moment. */
describe.each(databaseKinds())('a resource that is deleted while others write references to it (%s)', (kind) => {
  let hub: TestHub;
  beforeAll(async () => {
    hub = await startHub(kind);
  });
  afterAll(() => hub?.close());

  const observation = (patient?: string): Observation => ({
    resourceType: 'Observation',
    status: 'final',
    code: { text: 'x' },
    ...(patient === undefined ? {} : { subject: { reference: `Patient/${patient}` } }),
  });
  const make = <T extends Patient | Observation>(resource: T): Promise<T & { id: string }> =>
    done<T>(call('POST', `${hub.fhir}/${resource.resourceType}`, { body: resource }));
  const bundle = (id: string): Bundle => ({
    resourceType: 'Bundle',
    type: 'transaction',
    entry: [
      { request: { method: 'POST', url: 'Observation' }, resource: observation(id) },
      { request: { method: 'POST', url: 'Observation' }, resource: observation(id) },
    ],
  });

  /** All at once. @returns whether it was deleted, and how many of the others were written */
  const race = async (): Promise<readonly [isDeleted: boolean, written: number]> => {
    const [{ id }, other] = [await make<Patient>({ resourceType: 'Patient' }), await make(observation())];
    const [created, updated, bundled, deleted, late] = await Promise.all([
      call('POST', `${hub.fhir}/Observation`, { body: observation(id) }),
      call('PUT', `${hub.fhir}/Observation/${other.id}`, { body: { ...observation(id), id: other.id } }),
      call('POST', hub.fhir, { body: bundle(id) }),
      call('DELETE', `${hub.fhir}/Patient/${id}`),
      call('POST', `${hub.fhir}/Observation`, { body: observation(id) }),
    ]);
    const others = [created, updated, bundled, late].map(({ status }) => status);
    expect([...others, deleted.status].filter((status) => ![200, 201, 409, 422].includes(status))).toEqual([]);
    const { body } = await call<Bundle>('GET', `${hub.fhir}/Observation?subject=Patient/${id}`);
    expect(body.total).toBe(others.reduce((sum, status, at) => sum + (status >= 300 ? 0 : at === 2 ? 2 : 1), 0));
    expect((await call('GET', `${hub.fhir}/Patient/${id}`)).status).toBe(deleted.status === 200 ? 410 : 200);
    return [deleted.status === 200, others.filter((status) => status < 300).length];
  };

  test('is deleted, or is referred to, never both', async () => {
    const seen: (readonly [boolean, number])[] = [];
    for (let round = 0; round < ROUNDS; round += 1) seen.push(await race());
    expect(seen.filter(([isDeleted, written]) => isDeleted === written > 0)).toEqual([]);
  });

  // In the embedded store one transaction is under way at a time.
  (kind === 'server' ? test : test.skip)(
    'is not deleted while a statement that refers to it is under way',
    async () => {
      const { id } = await make<Patient>({ resourceType: 'Patient' });
      const place = randomUUID();
      const [taken, given] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      const holding = hub.deps.db.transaction(async (tx) => {
        const row = `('Observation', $1, 1, now())`;
        await tx.query(`INSERT INTO resource (type, id, version, last_updated) VALUES ${row}`, [place]);
        taken.resolve();
        await given.promise;
        throw new Error('given up');
      });
      await taken.promise;
      const writing = call('PUT', `${hub.fhir}/Observation/${place}`, { body: { ...observation(id), id: place } });
      // It has found the patient, and waits for the place.
      const waiting = `SELECT 1 FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'`;
      await eventually(async () => expect(await hub.deps.db.query(waiting)).toHaveLength(1));
      const deleting = call('DELETE', `${hub.fhir}/Patient/${id}`);
      await Promise.race([deleting, pause(300)]);
      given.resolve();
      await expect(holding).rejects.toThrow('given up');
      expect([(await writing).status, (await deleting).status]).toEqual([201, 409]);
    },
  );

  test('may be changed while others write references to it', async () => {
    const { id } = await make<Patient>({ resourceType: 'Patient' });
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, at) =>
        at % 4 === 0
          ? call('PUT', `${hub.fhir}/Patient/${id}`, {
              body: { resourceType: 'Patient', id, birthDate: `${1950 + at}` },
            })
          : call('POST', `${hub.fhir}/Observation`, { body: observation(id) }),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(answers.map((_, at) => (at % 4 === 0 ? 200 : 201)));
  });
});
