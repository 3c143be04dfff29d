import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startWorkers } from '../../workers/start.ts';
import type { Worker } from '../../workers/waker.ts';
import { createClock } from '../support/clock.ts';
import { eventually } from '../support/eventually.ts';
import { backends, startHub, type TestHub } from '../support/hub.ts';
import { addPartner, type Partner, sendReferral } from '../support/network.ts';
import { type Hook, manyHooks, parameterOf, statusOf, subscribe, typeOf, untilStatus } from '../support/subscriber.ts';

describe.each(backends())('what happens by the clock to subscriptions, on $name', ({ store, queueSettings }) => {
  const clock = createClock();
  let hub: TestHub;
  let second: Worker;
  let hospital: Partner;
  let foodBank: Partner;
  const hooks = manyHooks();
  const { open } = hooks;

  beforeAll(async () => {
    hub = await startHub(store, { workers: true, now: clock.now, settings: await queueSettings() });
    // Two processes look at the same clock.
    second = await startWorkers(hub.deps, hub.deps.config.WORKERS);
    hospital = await addPartner(hub, 'St. Anna Hospital');
    foodBank = await addPartner(hub, 'Food Bank', { category: 'food-insecurity' });
  });
  afterAll(async () => {
    await second?.stop();
    await hub?.close();
    await hooks.close();
  });

  const types = (hook: Hook): unknown[] => hook.seen.map(typeOf);
  /** Time goes on when what was sent is done with: else it would still be on its way when the next is due. */
  const pass = async (milliseconds: number): Promise<void> => {
    const open = 'SELECT 1 FROM delivery WHERE subscription_id IS NOT NULL AND settled_at IS NULL';
    await eventually(async () => expect(await hub.deps.db.query(open)).toEqual([]));
    clock.advance(milliseconds);
  };
  const filters = (): string[] => [`Task?owner=Organization/${foodBank.id}`];

  test('a heartbeat is sent once each period in which nothing else was; it counts no event', async () => {
    const [hook, silent] = [await open(), await open()];
    await subscribe(hub, foodBank, hook.url, { filters: filters(), heartbeat: 60 });
    await subscribe(hub, foodBank, silent.url, { filters: filters() });
    for (const beats of [1, 2, 3]) {
      await pass(60_000);
      await eventually(() => expect(hook.seen).toHaveLength(1 + beats));
    }
    expect(types(hook)).toEqual(['handshake', 'heartbeat', 'heartbeat', 'heartbeat']);
    expect(parameterOf(statusOf(hook.seen.at(-1)?.bundle), 'events-since-subscription-start')).toBe('0');
    expect(parameterOf(statusOf(hook.seen.at(-1)?.bundle), 'status')).toBe('active');

    await pass(40_000);
    await sendReferral(hub, hospital);
    await eventually(() => expect(types(hook).at(-1)).toBe('event-notification'));
    await pass(40_000);
    await sendReferral(hub, hospital);
    await eventually(() => expect(types(hook).slice(4)).toEqual(['event-notification', 'event-notification']));
    await pass(60_000);
    await eventually(() => expect(types(hook).at(-1)).toBe('heartbeat'));
    expect(types(silent)).toEqual(['handshake', 'event-notification', 'event-notification']);
  });

  test('a heartbeat that nobody takes changes nothing; one that is turned away is an error', async () => {
    const hook = await open();
    const { id } = await subscribe(hub, foodBank, hook.url, { filters: filters(), heartbeat: 60 });
    hook.answers.push(503);
    await pass(60_000);
    await eventually(() => expect(hook.seen).toHaveLength(2));
    hook.answers.push(403);
    await pass(60_000);
    const failed = await untilStatus(hub, foodBank, id, 'error');
    expect(failed.error).toContain('the endpoint does not let the hub in (auth-403)');
    expect(types(hook)).toEqual(['handshake', 'heartbeat', 'heartbeat']);
  });

  test('at its end it is switched off', async () => {
    const hook = await open();
    const end = new Date(clock.now().getTime() + 3_600_000).toISOString();
    const { id } = await subscribe(hub, foodBank, hook.url, { filters: filters(), end });
    await pass(3_600_000);
    const off = await untilStatus(hub, foodBank, id, 'off');
    expect(off.error).toBe('The end of this Subscription was reached.');
    await sendReferral(hub, hospital);
    const [row] = await hub.deps.db.query('SELECT events::int AS events FROM subscription WHERE id = $1', [id]);
    expect(row).toEqual({ events: 0 });
  });
});
