import type { Browser } from '../people/browser.ts';
import { ask, type Story } from './asked.ts';
import type { World } from './world.ts';

const PLAN = {
  title: 'Eating well again',
  start: '2026-03-02',
  needs: [{ text: 'Not enough to eat' }],
  goals: [{ text: 'I want a full fridge', needs: [0] }],
  activities: [
    {
      text: 'Food pantry application',
      responsible: { kind: 'any-matching-service' },
      service: {
        system: 'http://hl7.org/fhir/us/sdoh-clinicalcare/CodeSystem/SDOHCC-CodeSystemTemporaryCodes',
        code: 'food-insecurity',
      },
      due: '2026-03-10',
      goals: [0],
    },
  ],
};

export const ofPlans: Readonly<Record<string, Story>> = {
  'post /api/plans': async (world) => ({
    by: await world.somebody(),
    path: '/api/plans',
    body: { ...PLAN, clientId: await world.patient() },
  }),
  'post /api/plans/{id}/activities/{activityId}/send': async (world) => {
    const { by, plan } = await planned(world, await world.patient());
    return { by, path: `/api/plans/${plan.id}/activities/${plan.activities[0]?.id}/send` };
  },
  'post /api/plans/{id}/referrals': async (world) => {
    const loopId = await world.loop();
    const by = await world.somebody();
    const { client } = await ask<{ client: { reference: string } }>(by, 'GET', `/api/loops/${loopId}`);
    const { plan } = await planned(world, client.reference.split('/')[1] ?? '');
    return { by, path: `/api/plans/${plan.id}/referrals`, body: { loopId } };
  },
  'post /api/consent/decide': async (world) => ({
    by: await world.somebody(),
    path: '/api/consent/decide',
    body: { resource: `Patient/${await world.patient()}`, recipient: world.agency.id },
  }),
};

/** A plan for a client, and who has made it. */
export async function planned(
  world: World,
  clientId: string,
): Promise<{ by: Browser; plan: { id: string; activities: { id: string }[] } }> {
  const by = await world.somebody();
  return { by, plan: await ask(by, 'POST', '/api/plans', { ...PLAN, clientId }) };
}
