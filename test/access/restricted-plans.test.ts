import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { call, done } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import type { TestHub } from '../support/hub.ts';
import { addPartner, type Partner, sendReferral } from '../support/network.ts';
import { REPORT, relabelling } from './network/relabelling.ts';
import type { Browser } from './people/browser.ts';
import { join, startPeopleHub } from './people/people-hub.ts';

interface Shown {
  readonly id: string;
  readonly activities: readonly { readonly id: string; readonly requestId?: string }[];
  readonly goals: readonly { readonly id: string }[];
}

describe.each(databaseKinds())('a mandated report in a plan (%s)', (kind) => {
  let hub: TestHub;
  let bureau: Partner;
  let clientId: string;
  let manager: Browser;
  let protection: Browser;

  beforeAll(async () => {
    hub = await startPeopleHub(kind);
    bureau = await addPartner(hub, 'Child Protection', { category: 'food-insecurity' });
    clientId = (await done(call('POST', `${hub.fhir}/Patient`, { body: { resourceType: 'Patient' } }))).id;
    manager = await join(hub, 'cm@hub.example', ['case-manager']);
    protection = await join(hub, 'pw@hub.example', ['supervisor', 'protection-worker']);
  });
  afterAll(() => hub?.close());

  const make = async (): Promise<Shown> => {
    const plan = {
      clientId,
      title: 'Safe at home',
      start: '2026-03-02',
      needs: [{ text: 'Safety' }],
      goals: [{ text: 'To be safe', needs: [0] }],
      activities: ['Call the bureau', 'Ring back'].map((text) => ({
        text,
        responsible: { kind: 'organization', id: bureau.id },
        due: '2026-04-02',
        goals: [0],
      })),
    };
    const { status, body } = await manager.send<Shown>('POST', '/api/plans', plan);
    expect(status).toBe(201);
    return body;
  };
  const label = async (name: string): Promise<void> => {
    expect((await protection.send('POST', `/fhir/R4/${name}/$meta-add`, relabelling(REPORT))).status).toBe(200);
  };
  const seen = async (by: Browser, id: string): Promise<Shown> =>
    (await by.send<Shown>('GET', `/api/plans/${id}`)).body;

  /** The ids of the activities of a plan in the list of the client's plans; undefined: it is not in there. */
  const listed = async (by: Browser, id: string): Promise<string[] | undefined> => {
    const { body } = await by.send<{ plans: Shown[] }>('GET', `/api/plans?clientId=${clientId}`);
    return body.plans.find((plan) => plan.id === id)?.activities.map((each) => each.id);
  };

  test('an activity that is one is in the plan for a protection worker, and for nobody else', async () => {
    const { id, activities } = await make();
    await manager.send('POST', `/api/plans/${id}/activities/${activities[0]?.id}/send`, {});
    const sent = (await seen(manager, id)).activities[0]?.requestId;
    await label(`ServiceRequest/${sent}`);
    expect((await seen(manager, id)).activities.map((each) => each.id)).toEqual([activities[1]?.id]);
    expect((await seen(protection, id)).activities.map((each) => each.id)).toEqual(activities.map((each) => each.id));
    expect(await listed(manager, id)).toEqual([activities[1]?.id]);
    expect(await listed(protection, id)).toEqual(activities.map((each) => each.id));
    const others = await manager.send<{ plans: Shown[] }>('GET', '/api/plans?clientId=somebody-else');
    expect([others.status, others.body]).toEqual([200, { plans: [] }]);
    // What the one who does not see it changes in the plan loses nothing of it.
    await manager.send('POST', `/api/plans/${id}/activities/${activities[1]?.id}/send`, {});
    expect((await seen(protection, id)).activities.map(({ requestId }) => requestId !== undefined)).toEqual([
      true,
      true,
    ]);
  });

  test('a plan that is one is not there for others, nor can they send anything of it', async () => {
    const { id, activities } = await make();
    await label(`CarePlan/${id}`);
    const missing = await manager.send('GET', '/api/plans/not-there');
    const hidden = await manager.send('GET', `/api/plans/${id}`);
    expect([hidden.status, hidden.body]).toEqual([404, missing.body]);
    expect((await manager.send('POST', `/api/plans/${id}/activities/${activities[0]?.id}/send`, {})).status).toBe(404);
    expect(await listed(manager, id)).toBeUndefined();
    expect(await listed(protection, id)).toEqual(activities.map((each) => each.id));
    expect(await seen(protection, id)).toMatchObject({ id });
  });

  test('a message about one is sent once more by who sees it only', async () => {
    const hospital = await addPartner(hub, 'A Hospital');
    const loop = await sendReferral(hub, hospital, { owner: `Organization/${bureau.id}` });
    const [delivery] = await hub.deps.db.query<{ id: string }>(
      `UPDATE delivery SET status = 'dead', settled_at = now() WHERE loop_id = $1 RETURNING id`,
      [loop],
    );
    const task = await done(call('GET', `${hub.fhir}/Task/${loop}`, { token: hospital.token }));
    const focus = (task as { focus?: { reference?: string } }).focus?.reference ?? '';
    await label(focus);
    const replay = async (by: Browser, id = delivery?.id): Promise<[number, unknown]> => {
      const { status, body } = await by.send('POST', `/api/deliveries/${id}/replay`, {});
      return [status, body];
    };
    const missing = await replay(manager, '00000000-0000-4000-8000-000000000000');
    expect(missing[0]).toBe(422);
    expect(await replay(manager)).toEqual(missing);
    expect((await replay(protection))[0]).toBeLessThan(300);
  });
});
