import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Task } from '@medplum/fhirtypes';
import { call, done } from '../support/api.ts';
import { eventually } from '../support/eventually.ts';
import { closeHealthy } from '../support/healthy.ts';
import { backends, startHub, type TestHub } from '../support/hub.ts';
import { addPartner, type Partner, sendReferral } from '../support/network.ts';
import { eventsOf, type Hook, manyHooks, parameterOf, statusOf, subscribe, typeOf } from '../support/subscriber.ts';

describe.each(backends())('partners that are told by subscription, on $name', ({ store, queueSettings }) => {
  let hub: TestHub;
  let hospital: Partner;
  let foodBank: Partner;
  const hooks = manyHooks();
  const { open } = hooks;

  beforeAll(async () => {
    hub = await startHub(store, {
      workers: true,
      settings: { ...(await queueSettings()), RETRY_SCHEDULE_MS: '50,50' },
    });
    hospital = await addPartner(hub, 'St. Anna Hospital');
    foodBank = await addPartner(hub, 'Food Bank', { category: 'food-insecurity' });
  });
  afterAll(async () => {
    await closeHealthy(hub);
    await hooks.close();
  });

  /** The Tasks an endpoint was told of, one for each event, in order. */
  const tasksTold = (hook: Hook): (string | undefined)[] =>
    hook.seen.flatMap(({ bundle }) => eventsOf(bundle).map(({ focus }) => focus));
  const readTask = (partner: Partner, url: string | undefined): Promise<Task & { id: string }> =>
    done<Task>(call('GET', url ?? '', { token: partner.token }));
  const report = async (task: Task & { id: string }, change: Partial<Task>): Promise<Task & { id: string }> =>
    done<Task>(call('PUT', `${hub.fhir}/Task/${task.id}`, { token: foodBank.token, body: { ...task, ...change } }));

  test('the food bank hears of a referral, reads it and works it; the hospital hears of each step', async () => {
    const [atHospital, atFoodBank] = [await open(), await open()];
    const mine = [`Task?owner=Organization/${foodBank.id}&status=requested`];
    await subscribe(hub, foodBank, atFoodBank.url, { filters: mine });
    expect(atFoodBank.seen.map(typeOf)).toEqual(['handshake']);

    const root = await sendReferral(hub, hospital);
    await subscribe(hub, hospital, atHospital.url, { filters: [`Task?_id=${root}`] });
    await eventually(() => expect(atFoodBank.seen).toHaveLength(2));
    const told = atFoodBank.seen[1];
    expect(typeOf(told)).toBe('event-notification');
    expect(parameterOf(statusOf(told?.bundle), 'events-since-subscription-start')).toBe('1');
    const [leg] = tasksTold(atFoodBank);
    const offered = await readTask(foodBank, leg);
    expect(offered).toMatchObject({ status: 'requested', partOf: [{ reference: `Task/${root}` }] });

    // One id goes with all that is said about a referral, and with what is read of it; a handshake is about none.
    expect(atFoodBank.seen.map(({ headers }) => headers['x-correlation-id'])).toEqual([undefined, root]);
    for (const url of [`${leg}`, `${hub.fhir}/Task/${offered.id}?_elements=status`]) {
      const { headers } = await call('GET', url, { token: foodBank.token });
      expect(headers.get('x-correlation-id')).toBe(root);
    }
    const page = await call('GET', `${hub.url}/api/loops/${root}`);
    expect(page.headers.get('x-correlation-id')).toBe(root);

    const accepted = await report(offered, { status: 'accepted' });
    await eventually(() => expect(tasksTold(atHospital)).toHaveLength(1));
    expect(await readTask(hospital, tasksTold(atHospital)[0])).toMatchObject({ id: root, status: 'accepted' });
    const begun = await report(accepted, { status: 'in-progress' });
    await eventually(() => expect(tasksTold(atHospital)).toHaveLength(2));
    await report(begun, { status: 'completed', output: [{ type: { text: 'done' }, valueString: 'Ten hot meals' }] });
    await eventually(() => expect(tasksTold(atHospital)).toHaveLength(3));
    expect(atHospital.seen.flatMap(({ bundle }) => eventsOf(bundle).map(({ number }) => number))).toEqual([1, 2, 3]);
    expect(new Set(atHospital.seen.slice(1).map(({ headers }) => headers['x-correlation-id']))).toEqual(
      new Set([root]),
    );
    // What the food bank did itself is no news of the kind it asked for.
    expect(tasksTold(atFoodBank)).toHaveLength(1);
  });
});
