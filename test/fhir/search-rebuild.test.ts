import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Observation, Patient } from '@medplum/fhirtypes';
import { rebuildIndex } from '../../src/fhir/store/index/rebuild.ts';
import { call, done, found } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { written } from './written.ts';

describe.each(databaseKinds())('the search index (%s)', (kind) => {
  let hub: TestHub;
  beforeAll(async () => {
    hub = await startHub(kind);
  });
  afterAll(() => hub?.close());

  const count = async (query: string): Promise<number> => found(await call('GET', `${hub.fhir}/${query}`)).length;

  test('is made anew for every resource, as it was when each was written, and makes no versions', async () => {
    const patients = await Promise.all(
      Array.from({ length: 250 }, (_, at) => {
        const body: Patient = { resourceType: 'Patient', birthDate: '1950-05-05', name: [{ family: `Ek${at}` }] };
        return done<Patient>(call('POST', `${hub.fhir}/Patient`, { body }));
      }),
    );
    const observation: Observation = {
      resourceType: 'Observation',
      status: 'final',
      code: { coding: [{ system: 'http://loinc.org', code: '8480-6' }] },
      subject: { reference: `Patient/${patients[7]?.id}` },
      valueQuantity: { value: 120, unit: 'mmHg', system: 'http://unitsofmeasure.org', code: 'mm[Hg]' },
    };
    await done(call('POST', `${hub.fhir}/Observation`, { body: observation }));
    await call('DELETE', `${hub.fhir}/Patient/${patients[0]?.id}`);
    const queries = [
      'Patient?name=ek24&_count=50',
      'Patient?birthdate=1950&_count=1000',
      'Observation?code-value-quantity=8480-6$120',
      'Observation?subject.name=ek7',
    ];
    const before = [await written(hub.deps.db), await Promise.all(queries.map(count))];
    expect(before[1]).toEqual([11, 249, 1, 1]);

    await hub.deps.db.query(`UPDATE resource SET tokens = '{}', texts = ''`);
    await hub.deps.db.query('UPDATE resource SET patient = NULL WHERE NOT deleted');
    await hub.deps.db.query('DELETE FROM search_range');
    await hub.deps.db.query('DELETE FROM search_group');
    expect(await Promise.all(queries.map(count))).toEqual([0, 0, 0, 0]);

    expect(await rebuildIndex(hub.deps.db)).toBe(253);
    expect([await written(hub.deps.db), await Promise.all(queries.map(count))]).toEqual(before);
  });
});
