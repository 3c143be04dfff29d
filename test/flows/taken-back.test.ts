import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Task } from '@medplum/fhirtypes';
import type { LoopDetail } from '../../src/loops/api.ts';
import { checkLoops } from '../../src/loops/projection/check.ts';
import { call, done, found } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { closeHealthy } from '../support/healthy.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { addPartner, type Partner, sendReferral } from '../support/network.ts';

type Leg = Task & { id: string };

describe.each(databaseKinds())('a referral whose agency gives it back (%s)', (store) => {
  let hub: TestHub;
  let hospital: Partner;
  let first: Partner;
  let second: Partner;
  beforeAll(async () => {
    hub = await startHub(store);
    hospital = await addPartner(hub, 'St. Anna Hospital');
    first = await addPartner(hub, 'A Pantry', { category: 'food-insecurity' });
    second = await addPartner(hub, 'B Kitchen', { category: 'food-insecurity' });
  });
  afterAll(() => closeHealthy(hub, false));

  const loop = async (id: string): Promise<LoopDetail> =>
    (await call<LoopDetail>('GET', `${hub.url}/api/loops/${id}`)).body;
  const legOf = async (id: string, agency: Partner): Promise<Leg> => {
    const legs = found<Task>(await call('GET', `${hub.fhir}/Task?part-of=Task/${id}`));
    const leg = legs.find(({ owner }) => owner?.reference === `Organization/${agency.id}`);
    if (!leg) throw new Error(`${agency.name} was not asked`);
    return leg;
  };
  const say = async (id: string, agency: Partner, status: Task['status'], reason?: string): Promise<void> => {
    const { statusReason: _reason, ...leg } = await legOf(id, agency);
    const statusReason = reason ? { statusReason: { text: reason } } : {};
    const body = { ...leg, status, ...statusReason };
    await done(call('PUT', `${hub.fhir}/Task/${leg.id}`, { token: agency.token, body }));
  };

  test.each(['failed', 'cancelled'] as const)(
    'after it accepted is offered to the next, and counted apart from declines: %s',
    async (status) => {
      const id = await sendReferral(hub, hospital);
      await say(id, first, 'accepted');
      const leg = await legOf(id, first);
      const silent = await call('PUT', `${hub.fhir}/Task/${leg.id}`, { token: first.token, body: { ...leg, status } });
      expect(silent.status).toBe(422);
      await say(id, first, status, 'Our van broke down');
      expect(await loop(id)).toMatchObject({
        state: 'open',
        status: 'accepted',
        progress: 're-routing',
        receiver: { name: 'B Kitchen' },
        legs: [
          { organization: { name: 'A Pantry' }, status, reason: 'Our van broke down', takenBack: true },
          { organization: { name: 'B Kitchen' }, status: 'requested', takenBack: false },
        ],
      });
      // Then it is declined by the other: a case manager must decide, and the sender sees neither.
      await say(id, second, 'rejected', 'Full');
      const declined = await loop(id);
      expect(declined.legs.map(({ takenBack }) => takenBack)).toEqual([true, false]);
      expect(declined).toMatchObject({ status: 'accepted', nextStep: { step: 'decide-after-decline' } });
      const root = await done<Task>(call('GET', `${hub.fhir}/Task/${id}`, { token: hospital.token }));
      expect(root).toMatchObject({ status: 'accepted', businessStatus: { coding: [{ code: 're-routing' }] } });
    },
  );

  test('before it accepted is offered to the next, and is no acceptance taken back', async () => {
    const id = await sendReferral(hub, hospital);
    await say(id, first, 'cancelled', 'Sent to the wrong desk');
    expect((await loop(id)).legs).toMatchObject([
      { status: 'cancelled', takenBack: false },
      { status: 'requested', organization: { name: 'B Kitchen' } },
    ]);
  });

  test('after it began has failed at it: the next is asked, and nothing was taken back', async () => {
    const id = await sendReferral(hub, hospital);
    await say(id, first, 'in-progress');
    await say(id, first, 'cancelled', 'We have closed');
    expect((await loop(id)).legs).toMatchObject([
      { status: 'cancelled', takenBack: false },
      { status: 'requested', organization: { name: 'B Kitchen' } },
    ]);
  });

  test('because its sender wants it stopped has taken nothing back, and nobody else is asked', async () => {
    const id = await sendReferral(hub, hospital);
    await say(id, first, 'accepted');
    const root = await done<Task>(call('GET', `${hub.fhir}/Task/${id}`, { token: hospital.token }));
    const body = { ...root, status: 'cancelled', statusReason: { text: 'Moved away' } };
    await done(call('PUT', `${hub.fhir}/Task/${id}`, { token: hospital.token, body }));
    expect(await loop(id)).toMatchObject({ status: 'cancelled', legs: [{ status: 'cancelled', takenBack: false }] });
  });

  test('is in the row as in its records', async () => {
    expect(await checkLoops(hub.deps.db, hub.deps)).toMatchObject({ differed: [] });
  });
});
