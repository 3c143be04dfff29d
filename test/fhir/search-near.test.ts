import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Location } from '@medplum/fhirtypes';
import { call, done, found } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';

/** Places, and what lies between them along the ground: Ann Arbor to Detroit about 58 km, to Chicago about 330 km. */
const PLACES: Readonly<Record<string, Location['position']>> = {
  'Ann Arbor': { latitude: 42.2808, longitude: -83.743 },
  Detroit: { latitude: 42.3314, longitude: -83.0458 },
  Chicago: { latitude: 41.8781, longitude: -87.6298 },
  Suva: { latitude: -18.1248, longitude: 178.4501 },
  Apia: { latitude: -13.8507, longitude: -171.7514 },
  Nowhere: undefined,
};

describe.each(databaseKinds())('a search for what is near (%s)', (kind) => {
  let hub: TestHub;
  beforeAll(async () => {
    hub = await startHub(kind);
    for (const [name, position] of Object.entries(PLACES)) {
      const body = { resourceType: 'Location', name, ...(position ? { position } : {}) };
      const { id } = await done(call('POST', `${hub.fhir}/Location`, { body }));
      const service = { resourceType: 'HealthcareService', name, location: [{ reference: `Location/${id}` }] };
      await done(call('POST', `${hub.fhir}/HealthcareService`, { body: service }));
    }
  });
  afterAll(() => hub?.close());

  test.each([
    ['Location?near=42.2808|-83.743|50', 'Ann Arbor'],
    ['Location?near=42.2808|-83.743', 'Ann Arbor'],
    ['Location?near=42.2808|-83.743|60', 'Ann Arbor, Detroit'],
    ['Location?near=42.2808|-83.743|60|km', 'Ann Arbor, Detroit'],
    ['Location?near=42.2808|-83.743|60000|m', 'Ann Arbor, Detroit'],
    ['Location?near=42.2808|-83.743|35|[mi_us]', 'Ann Arbor'],
    ['Location?near=42.2808|-83.743|36|[mi_us]', 'Ann Arbor, Detroit'],
    ['Location?near=42.2808|-83.743|0', 'Ann Arbor'],
    ['Location?near=42.2808|-83.743|400', 'Ann Arbor, Chicago, Detroit'],
    ['Location?near=42.2808|-83.743|10,41.9|-87.6|10', 'Ann Arbor, Chicago'],
    // Across the line where the days meet.
    ['Location?near=-18|180|1300', 'Apia, Suva'],
    ['Location?near=42.2808|-83.743|30000', 'Ann Arbor, Apia, Chicago, Detroit, Suva'],
    ['Location?near=42.2808|-83.743|400&name=chi', 'Chicago'],
    ['Location?near:missing=true', 'Nowhere'],
    ['Location?near:missing=false&name=a', 'Ann Arbor, Apia'],
    ['HealthcareService?location.near=42.2808|-83.743|60', 'Ann Arbor, Detroit'],
  ])('%s finds %s', async (query, wanted) => {
    const answer = await call('GET', `${hub.fhir}/${query}`, { headers: { prefer: 'handling=strict' } });
    expect([answer.status, query]).toEqual([200, query]);
    const names = found<Location>(answer).map(({ name }) => name);
    expect(names.sort().join(', ')).toBe(wanted);
  });
});
