import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { OperationOutcome, Procedure, Resource, Task } from '@medplum/fhirtypes';
import { findProfile } from '../../src/fhir/validate/profiles/known-profiles.ts';
import { call, done, found } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { addPartner, type Partner, sendReferral } from '../support/network.ts';
import { isPublishedHere, SDOHCC, US_CORE } from './published.ts';

const CLAIMED = {
  Task: 'http://hl7.org/fhir/us/sdoh-clinicalcare/StructureDefinition/SDOHCC-TaskForReferralManagement',
  ServiceRequest: 'http://hl7.org/fhir/us/sdoh-clinicalcare/StructureDefinition/SDOHCC-ServiceRequest',
  Goal: 'http://hl7.org/fhir/us/sdoh-clinicalcare/StructureDefinition/SDOHCC-Goal',
  CarePlan: 'http://hl7.org/fhir/us/core/StructureDefinition/us-core-careplan',
  Condition: 'http://hl7.org/fhir/us/core/StructureDefinition/us-core-condition-problems-health-concerns',
};
const SDOHCC_CODES = 'http://hl7.org/fhir/us/sdoh-clinicalcare/CodeSystem/SDOHCC-CodeSystemTemporaryCodes';
const JSON_BODY = { 'content-type': 'application/json' };
const LEG = 'https://careloop.dev/fhir/StructureDefinition/referral-leg';
const WITH_PUBLISHED = isPublishedHere ? { PROFILES_DIR: `${SDOHCC},${US_CORE}` } : {};

describe.each(databaseKinds())('what the hub makes conforms to what it claims (%s):', (kind) => {
  let hub: TestHub;
  let hospital: Partner;
  let agency: Partner;
  beforeAll(async () => {
    hub = await startHub(kind, { settings: WITH_PUBLISHED });
    hospital = await addPartner(hub, 'St. Anna Hospital');
    agency = await addPartner(hub, 'Homes First', { category: 'food-insecurity' });
  });
  afterAll(() => hub?.close());

  const all = async <T extends Resource>(type: T['resourceType']): Promise<(T & { id: string })[]> =>
    found<T>(await call('GET', `${hub.fhir}/${type}`));

  /** What `$validate` says is wrong; unknown profiles (no published definitions here) are left out. */
  const faults = async (resource: Resource, profile: string): Promise<string[]> => {
    if (!findProfile(profile)) return [];
    const address = `${hub.fhir}/${resource.resourceType}/$validate?profile=${encodeURIComponent(profile)}`;
    const { issue } = await done<OperationOutcome>(call('POST', address, { body: resource }));
    return issue
      .filter(({ severity }) => severity === 'error')
      .map((each) => `${each.expression}: ${each.details?.text}`);
  };

  const work = async (leg: Task & { id: string }, change: Partial<Task>): Promise<Task & { id: string }> => {
    const { body } = await call<Task & { id: string }>('GET', `${hub.fhir}/Task/${leg.id}`, { token: agency.token });
    return await done<Task>(
      call('PUT', `${hub.fhir}/Task/${leg.id}`, { token: agency.token, body: { ...body, ...change } }),
    );
  };

  test('a referral, at every step', async () => {
    const rootId = await sendReferral(hub, hospital);
    const leg = (await all<Task>('Task')).find(({ partOf }) => partOf?.[0]?.reference === `Task/${rootId}`);
    if (!leg) throw new Error('no leg was made');
    const check = async (): Promise<void> => {
      for (const task of await all<Task>('Task')) expect(await faults(task, CLAIMED.Task)).toEqual([]);
      const { body } = await call<Task>('GET', `${hub.fhir}/Task/${leg.id}`);
      expect(body.meta?.profile).toContain(CLAIMED.Task);
      expect(await faults(body, LEG)).toEqual([]);
    };
    await check();
    await work(leg, { status: 'accepted' });
    await check();
    await work(leg, { status: 'in-progress' });
    const procedure: Procedure = {
      resourceType: 'Procedure',
      status: 'completed',
      code: { text: 'Food pantry application filled in' },
      subject: leg.for as Procedure['subject'],
      performedDateTime: '2026-03-03',
      basedOn: [leg.focus as NonNullable<Procedure['basedOn']>[number]],
    };
    await done(call('POST', `${hub.fhir}/Procedure`, { token: agency.token, body: procedure }));
    await work(leg, { status: 'completed' });
    await check();
    const orders = (await all<Resource>('ServiceRequest')).filter(
      (each) => 'intent' in each && each.intent === 'filler-order',
    );
    expect(orders).toHaveLength(1);
    for (const order of orders) {
      expect(order.meta?.profile).toEqual([CLAIMED.ServiceRequest]);
      expect(await faults(order, CLAIMED.ServiceRequest)).toEqual([]);
    }
  });

  test('a plan, and an activity of it that is sent', async () => {
    const patient = await done<Resource>(
      call('POST', `${hub.fhir}/Patient`, { body: { resourceType: 'Patient', name: [{ text: 'x' }] } }),
    );
    const { body: plan } = await call<{ id: string; activities: { id: string }[] }>('POST', `${hub.url}/api/plans`, {
      headers: JSON_BODY,
      body: planFor(patient.id as string),
    });
    const before = (await all<Task>('Task')).length;
    await done(call('POST', `${hub.url}/api/plans/${plan.id}/activities/${plan.activities[0]?.id}/send`));
    for (const type of ['CarePlan', 'Goal', 'Condition'] as const) {
      const resources = await all<Resource>(type);
      expect(resources).toHaveLength(1);
      for (const resource of resources) {
        expect(resource.meta?.profile).toEqual([CLAIMED[type]]);
        expect(await faults(resource, CLAIMED[type])).toEqual([]);
      }
    }
    const tasks = await all<Task>('Task');
    expect(tasks.length).toBeGreaterThan(before);
    for (const task of tasks) expect(await faults(task, CLAIMED.Task)).toEqual([]);
    for (const request of await all<Resource>('ServiceRequest')) {
      for (const profile of request.meta?.profile ?? []) expect(await faults(request, profile)).toEqual([]);
    }
  });
});

function planFor(clientId: string): object {
  const food = { system: SDOHCC_CODES, code: 'food-insecurity' };
  return {
    clientId,
    title: 'Eating well again',
    start: '2026-03-02',
    needs: [{ text: 'Not enough to eat by the end of the month' }],
    goals: [{ text: 'I want a full fridge', due: '2026-05-01', needs: [0] }],
    activities: [
      {
        text: 'Pantry application',
        responsible: { kind: 'any-matching-service' },
        service: food,
        due: '2026-03-10',
        goals: [0],
      },
    ],
  };
}
