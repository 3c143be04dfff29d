import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { Communication } from '@medplum/fhirtypes';
import { deliver, leaseMs } from '../../src/deliveries/deliver.ts';
import { transact } from '../../src/fhir/store/transact.ts';
import { call, done } from '../support/api.ts';
import { databaseKinds, freshStore } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { Killed, mortal } from '../support/mortal-database.ts';
import { addPartner, type Partner } from '../support/network.ts';
import { addOperatorTo } from '../support/operator.ts';
import { killPrograms, type Program, startProgram } from '../support/processes.ts';
import { firstSights, type Hook, openHook, subscribe, subscriptionTo } from '../support/subscriber.ts';

const TOPIC = 'https://careloop.dev/fhir/SubscriptionTopic/communication';

function upTo(last: number): number[] {
  return Array.from({ length: last }, (_, at) => at + 1);
}

describe.each(databaseKinds())('a process that dies at whichever step, on the %s store', (kind) => {
  let hub: TestHub;
  let partner: Partner;
  let hook: Hook;
  let subscriptionId = '';
  let later = 0;
  let events = 0;

  beforeAll(async () => {
    hub = await startHub(kind, { now: () => new Date(Date.now() + later) });
    partner = await addPartner(hub, 'Food Bank');
    hook = await openHook();
    const body = subscriptionTo(hook.url, { topic: TOPIC });
    const { id } = await done(call('POST', `${hub.fhir}/Subscription`, { token: partner.token, body }));
    subscriptionId = id;
    await deliverAll();
  });
  afterAll(async () => {
    await hub?.close();
    await hook?.close();
  });

  const pending = async (): Promise<string[]> => {
    const rows = await hub.deps.db.query<{ id: string }>(
      'SELECT id FROM delivery WHERE subscription_id = $1 AND settled_at IS NULL ORDER BY seq',
      [subscriptionId],
    );
    return rows.map(({ id }) => id);
  };
  const deliverAll = async (): Promise<void> => {
    for (let [next] = await pending(); next; [next] = await pending()) {
      expect(await deliver(hub.deps.delivering, next)).toBe('settled');
    }
  };
  const write = async (store = hub.deps.store): Promise<void> => {
    const body: Communication = { resourceType: 'Communication', status: 'completed' };
    const id = hub.deps.newId();
    await transact(store, { kind: 'client', organizationId: partner.id }, (unit) => unit.create({ ...body, id }));
    events += 1;
  };
  const dying = (dieAt?: number): { store: TestHub['deps']['store']; steps: () => number } => {
    const { db, steps } = mortal(hub.deps.db, dieAt);
    return { store: { ...hub.deps.store, db }, steps };
  };

  test('writing: an event is there with what it is about, or neither; numbers have no gaps', async () => {
    // The first write finds out what is subscribed to; the next ones know.
    await write();
    const whole = dying();
    await write(whole.store);
    expect(whole.steps()).toBeGreaterThan(3);
    for (let dieAt = 1; dieAt <= whole.steps(); dieAt += 1) {
      await expect(write(dying(dieAt).store)).rejects.toThrow(Killed);
      await write();
    }
    const rows = await hub.deps.db.query<{ number: number }>(
      'SELECT number::int AS number FROM subscription_event WHERE subscription_id = $1 ORDER BY number',
      [subscriptionId],
    );
    expect(rows.map(({ number }) => number)).toEqual(upTo(events));
    await deliverAll();
    expect(firstSights(hook)).toEqual(upTo(events));
  });

  test('delivering: nothing is lost, and numbers come in order', async () => {
    const measured = dying();
    await write();
    const [first = ''] = await pending();
    await deliver({ ...hub.deps.delivering, store: measured.store }, first);
    for (let dieAt = 1; dieAt <= measured.steps(); dieAt += 1) {
      await write();
      const [next = ''] = await pending();
      const worker = { ...hub.deps.delivering, store: dying(dieAt).store };
      await expect(deliver(worker, next)).rejects.toThrow(Killed);
      await write();
      later += leaseMs(hub.deps.config.DELIVERY_TIMEOUT_MS) + 1;
      await deliverAll();
      expect({ dieAt, told: firstSights(hook) }).toEqual({ dieAt, told: upTo(events) });
    }
    const [row] = await hub.deps.db.query(
      'SELECT status, queued, events::int AS events, delivered_through::int AS through FROM subscription WHERE id = $1',
      [subscriptionId],
    );
    expect(row).toEqual({ status: 'active', queued: false, events, through: events });
  });
});

const server = process.env.TEST_DATABASE_URL ? describe : describe.skip;

server('workers that are killed (-9) at any moment', () => {
  afterEach(killPrograms);
  const KILLS = 4;
  const BETWEEN = 10;

  test('lose no event, and numbers come in order', async () => {
    const store = await freshStore('server');
    const settings = {
      ...store.settings,
      PORT: String(await freePort()),
      LOG_LEVEL: 'silent',
      DELIVERY_TIMEOUT_MS: '2000',
      RETRY_SCHEDULE_MS: Array.from({ length: 100 }, () => 100).join(),
    };
    const url = `http://127.0.0.1:${settings.PORT}`;
    await addOperatorTo(store, url);
    const api = startProgram('src/main.ts', { settings });
    await api.line(/listens on/);
    const startWorker = async (): Promise<Program> => {
      const workers = startProgram('workers/main.ts', { settings });
      await workers.line(/workers run/);
      return workers;
    };
    const hub = { url, fhir: `${url}/fhir/R4` };
    const partner = await addPartner(hub, 'Food Bank');
    const hook = await openHook();
    let workers = await startWorker();
    await subscribe(hub, partner, hook.url, { topic: TOPIC, maxCount: 1 });
    const body = { resourceType: 'Communication', status: 'completed' };
    for (let kill = 1; kill <= KILLS; kill += 1) {
      const seen = hook.seen.length;
      for (let at = 0; at < BETWEEN; at += 1)
        await done(call('POST', `${hub.fhir}/Communication`, { token: partner.token, body }));
      await eventually(() => expect(hook.seen.length).toBeGreaterThan(seen + (kill % 3)), { timeoutMs: 30_000 });
      await workers.kill();
      workers = await startWorker();
    }
    const all = upTo(KILLS * BETWEEN);
    await eventually(() => expect(firstSights(hook)).toEqual(all), { timeoutMs: 120_000 });
    await killPrograms();
    await hook.close();
    await store.remove();
  }, 300_000);
});
