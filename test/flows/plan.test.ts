import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { CarePlan, Patient, ServiceRequest, Task } from '@medplum/fhirtypes';
import type { LoopDetail } from '../../src/loops/api.ts';
import type { Plan } from '../../src/plans/plan.ts';
import { call, done, found, texts } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { closeHealthy } from '../support/healthy.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { addPartner, type Partner, sendReferral } from '../support/network.ts';

const FOOD = {
  system: 'http://hl7.org/fhir/us/sdoh-clinicalcare/CodeSystem/SDOHCC-CodeSystemTemporaryCodes',
  code: 'food-insecurity',
};

describe.each(databaseKinds())("a client's plan, on the %s store", (store) => {
  let hub: TestHub;
  let agency: Partner;
  let client: Patient & { id: string };

  beforeAll(async () => {
    hub = await startHub(store, { workers: true });
    agency = await addPartner(hub, 'Homes First', { category: FOOD.code });
    client = await done<Patient>(
      call('POST', `${hub.fhir}/Patient`, {
        body: { resourceType: 'Patient', name: [{ given: ['Robin'], family: 'Tester' }] },
      }),
    );
  });
  afterAll(() => closeHealthy(hub));

  const makePlan = async (): Promise<Plan> =>
    (
      await call<Plan>('POST', `${hub.url}/api/plans`, {
        headers: { 'content-type': 'application/json' },
        body: {
          clientId: client.id,
          title: 'Eating well again',
          start: '2026-03-02',
          reviewDue: '2026-06-01',
          needs: [{ text: 'Not enough to eat by the end of the month' }],
          goals: [{ text: 'I want a full fridge', due: '2026-05-01', needs: [0] }],
          activities: [
            {
              text: 'Food pantry application',
              responsible: { kind: 'any-matching-service' },
              service: FOOD,
              due: '2026-03-10',
              goals: [0],
            },
            { text: 'Keep a shopping list', responsible: { kind: 'client' }, due: '2026-03-10', goals: [0] },
          ],
        },
      })
    ).body;
  const loop = async (id: string): Promise<LoopDetail> =>
    (await call<LoopDetail>('GET', `${hub.url}/api/loops/${id}`)).body;

  test('that follows a programme sends referrals of that programme', async () => {
    const plan = await makePlan();
    const carePlan = await done<CarePlan>(call('GET', `${hub.fhir}/CarePlan/${plan.id}`));
    const programme = 'https://careloop.dev/fhir/PlanDefinition/hospital-discharge-to-home';
    const following = { ...carePlan, instantiatesCanonical: [`${programme}|1.0`] };
    await done(call('PUT', `${hub.fhir}/CarePlan/${plan.id}`, { body: following }));
    const path = `${hub.url}/api/plans/${plan.id}/activities/${plan.activities[0]?.id}/send`;
    const { body } = await call<{ loopId: string }>('POST', path);
    expect(await loop(body.loopId)).toMatchObject({ programme: 'hospital-discharge-to-home' });
    expect(await done<CarePlan>(call('GET', `${hub.fhir}/CarePlan/${plan.id}`))).toMatchObject({
      instantiatesCanonical: following.instantiatesCanonical,
      activity: [{ reference: { reference: expect.stringContaining('ServiceRequest/') } }, {}],
    });
  });

  test('sends an activity as a referral, and the outcome comes back to the activity and its goal', async () => {
    const plan = await makePlan();
    const carePlan = await done<CarePlan>(call('GET', `${hub.fhir}/CarePlan/${plan.id}`));
    expect(carePlan).toMatchObject({
      status: 'active',
      subject: { reference: `Patient/${client.id}` },
      activity: [{ detail: { description: 'Food pantry application' } }, {}],
    });

    const activityId = plan.activities[0]?.id;
    const { loopId } = (await done<never>(
      call('POST', `${hub.url}/api/plans/${plan.id}/activities/${activityId}/send`),
    )) as unknown as { loopId: string };
    const root = await done<Task>(call('GET', `${hub.fhir}/Task/${loopId}`));
    const request = await done<ServiceRequest>(call('GET', `${hub.fhir}/${root.focus?.reference}`));
    expect(request).toMatchObject({
      status: 'active',
      intent: 'order',
      basedOn: [{ reference: `CarePlan/${plan.id}` }],
    });

    const [leg] = found<Task>(await call('GET', `${hub.fhir}/Task?part-of=Task/${loopId}`, { token: agency.token }));
    const procedure = {
      resourceType: 'Procedure',
      status: 'completed',
      code: { text: 'Pantry card issued' },
      subject: leg?.for,
      basedOn: [leg?.focus],
    };
    const { id: procedureId } = await done(
      call('POST', `${hub.fhir}/Procedure`, { token: agency.token, body: procedure }),
    );
    await done(
      call('PATCH', `${hub.fhir}/Task/${leg?.id}`, {
        token: agency.token,
        headers: { 'content-type': 'application/json-patch+json' },
        body: [{ op: 'replace', path: '/status', value: 'completed' }],
      }),
    );

    const after = (await call<Plan>('GET', `${hub.url}/api/plans/${plan.id}`)).body;
    expect(after.activities[0]).toMatchObject({
      text: 'Food pantry application',
      requestId: request.id,
      outcomes: [{ reference: `Procedure/${procedureId}`, text: 'Pantry card issued' }],
    });
    expect(after.goals[0]).toMatchObject({
      text: 'I want a full fridge',
      achievement: 'improving',
      outcomes: ['Pantry card issued'],
    });
    const written = await done<CarePlan>(call('GET', `${hub.fhir}/CarePlan/${plan.id}`));
    expect(written.activity?.[0]).toMatchObject({
      reference: { reference: `ServiceRequest/${request.id}` },
      outcomeReference: [{ reference: `Procedure/${procedureId}` }],
    });
    expect(await loop(loopId)).toMatchObject({ state: 'closed', outcome: { code: 'services-provided' } });
  });

  test("takes a hospital's referral in, when it is for the same client", async () => {
    const hospital = await addPartner(hub, 'St. Anna Hospital');
    const loopId = await sendReferral(hub, hospital);
    const plan = await makePlan();
    const refused = await call('POST', `${hub.url}/api/plans/${plan.id}/referrals`, {
      headers: { 'content-type': 'application/json' },
      body: { loopId },
    });
    expect(refused.status).toBe(422);
    expect(texts(refused)[0]).toContain('for another client than the plan');

    const root = await done<Task>(call('GET', `${hub.fhir}/Task/${loopId}`));
    await done(
      call('PUT', `${hub.fhir}/Patient/${client.id}`, {
        body: { ...client, link: [{ type: 'seealso', other: { reference: root.for?.reference } }] },
      }),
    );
    const taken = await call<Plan>('POST', `${hub.url}/api/plans/${plan.id}/referrals`, {
      headers: { 'content-type': 'application/json' },
      body: { loopId },
    });
    expect(taken.status).toBe(201);
    expect(taken.body.activities.at(-1)).toMatchObject({
      text: 'Help with a food pantry application',
      requestId: root.focus?.reference?.split('/')[1],
    });
  });

  test('that is not valid is refused with every fault and its place, and nothing is kept', async () => {
    const answer = await call('POST', `${hub.url}/api/plans`, {
      headers: { 'content-type': 'application/json' },
      body: { clientId: client.id, title: '', start: 'tomorrow', needs: [], goals: [{ text: 'x', needs: [3] }] },
    });
    expect(answer.status).toBe(400);
    expect(texts(answer)).toEqual(
      expect.arrayContaining([
        'Say it in words.',
        'A date is written like 2026-11-22.',
        'A plan answers at least one need.',
      ]),
    );
    const unknown = await call('POST', `${hub.url}/api/plans`, {
      headers: { 'content-type': 'application/json' },
      body: { clientId: 'nobody', title: 't', start: '2026-01-01', needs: [{ text: 'n' }], goals: [{ text: 'g' }] },
    });
    expect(unknown.status).toBe(422);
    expect(texts(unknown)).toEqual(['There is no client nobody here. Create the Patient first.']);
  });
});
