import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, Resource } from '@medplum/fhirtypes';
import { call, done } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { NO_LIMITS, startHub, type TestHub } from '../support/hub.ts';
import type { Browser } from './people/browser.ts';
import { join } from './people/people-hub.ts';

describe.each(databaseKinds())('a client’s own record (%s)', (kind) => {
  let hub: TestHub;
  let client: Browser;
  let own: string;
  let other: string;
  beforeAll(async () => {
    hub = await startHub(kind, { settings: { PASSWORD_COST: '14', ...NO_LIMITS } });
    [own, other] = [await patient('Own'), await patient('Other')];
    client = await join(hub, 'client@home.example', ['client'], { patientId: own.split('/')[1] });
  });
  afterAll(() => hub?.close());

  const make = async (body: object): Promise<string> => {
    const { resourceType } = body as Resource;
    return `${resourceType}/${(await done(call('POST', `${hub.fhir}/${resourceType}`, { body }))).id}`;
  };
  const patient = (family: string): Promise<string> => make({ resourceType: 'Patient', name: [{ family }] });
  const statusOf = async (name: string): Promise<number> => (await client.send('GET', `/fhir/R4/${name}`)).status;
  const appointment = (...patients: string[]): object => ({
    resourceType: 'Appointment',
    status: 'booked',
    start: '2026-03-09T09:00:00Z',
    end: '2026-03-09T10:00:00Z',
    participant: patients.map((reference) => ({ actor: { reference }, status: 'accepted' })),
  });
  const account = (...patients: string[]): object => ({
    resourceType: 'Account',
    status: 'active',
    subject: patients.map((reference) => ({ reference })),
  });

  test('has what is about the client, also about a version of the record', async () => {
    for (const made of [appointment(own), appointment(`${own}/_history/1`), account(own)])
      expect(await statusOf(await make(made))).toBe(200);
  });

  test('has nothing that is about somebody else too', async () => {
    for (const made of [appointment(own, other), appointment(own, `${other}/_history/1`), account(own, other)]) {
      const name = await make(made);
      expect([name, await statusOf(name)]).toEqual([name, 404]);
    }
    const [, id] = other.split('/');
    for (const path of ['Appointment', 'Account', 'Patient?_revinclude=*', `${own}/*`, `${own}/$everything`]) {
      const { body } = await client.send<Bundle>('GET', `/fhir/R4/${path}`);
      expect([path, JSON.stringify(body).includes(id ?? '')]).toEqual([path, false]);
    }
    for (const path of [`Appointment?patient=${other}`, `Patient?_has:Account:subject:subject=${other}`]) {
      const { body } = await client.send<Bundle>('GET', `/fhir/R4/${path}`);
      expect([path, body.total]).toEqual([path, 0]);
    }
  });
});
