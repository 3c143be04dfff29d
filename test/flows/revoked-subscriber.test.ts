import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Communication, Subscription } from '@medplum/fhirtypes';
import { call, done } from '../support/api.ts';
import { eventually } from '../support/eventually.ts';
import { closeHealthy } from '../support/healthy.ts';
import { backends, startHub, type TestHub } from '../support/hub.ts';
import { addPartner, type Partner } from '../support/network.ts';
import { manyHooks, numbersTaken, subscribe, subscriptionTo } from '../support/subscriber.ts';

const TOPIC = 'https://careloop.dev/fhir/SubscriptionTopic/communication';

interface Registered {
  readonly id: string;
  readonly token: string;
}

describe.each(backends())('a program that is revoked, on $name', ({ store, queueSettings }) => {
  let hub: TestHub;
  let agency: Partner;
  const hooks = manyHooks();
  beforeAll(async () => {
    const settings = { ...(await queueSettings()), RETRY_SCHEDULE_MS: Array.from({ length: 300 }, () => 200).join() };
    hub = await startHub(store, { workers: true, settings });
    agency = await addPartner(hub, 'Food Bank');
  });
  afterAll(async () => {
    await closeHealthy(hub);
    await hooks.close();
  });

  const addProgram = async (): Promise<Partner & Registered> => {
    const body = { name: 'Another program', organizationId: agency.id };
    const registered = (await call<Registered>('POST', `${hub.url}/api/clients`, { body })).body;
    return { ...agency, token: registered.token, id: registered.id };
  };
  const write = (): Promise<Communication> => {
    const body = {
      resourceType: 'Communication',
      status: 'completed',
      sender: { reference: `Organization/${agency.id}` },
    };
    return done<Communication>(call('POST', `${hub.fhir}/Communication`, { token: agency.token, body }));
  };
  const revoke = async (id: string): Promise<void> =>
    expect((await call('DELETE', `${hub.url}/api/clients/${id}`)).status).toBe(204);
  const wish = { topic: TOPIC };
  const read = (id: string): Promise<Subscription> =>
    done<Subscription>(call('GET', `${hub.fhir}/Subscription/${id}`, { token: agency.token }));

  test('is told nothing more, what waits to be sent neither; others of its organization are', async () => {
    const [lost, kept] = [await hooks.open(), await hooks.open()];
    const program = await addProgram();
    const { id } = await subscribe(hub, program, lost.url, wish);
    await subscribe(hub, agency, kept.url, wish);
    lost.answers.push(...Array.from({ length: 200 }, () => 503));
    await write();
    // It has been tried, and waits to be tried again.
    await eventually(() => expect(lost.seen.filter(({ status }) => status === 503).length).toBeGreaterThan(0));
    await revoke(program.id);
    await eventually(async () => {
      const under = await hub.deps.db.query(
        `SELECT 1 FROM delivery WHERE subscription_id = $1 AND settled_at IS NULL`,
        [id],
      );
      expect(under).toEqual([]);
    });
    const seen = lost.seen.length;
    lost.answers.splice(0);
    await write();
    await eventually(() => expect(numbersTaken(kept)).toEqual([1, 2]));
    expect(lost.seen).toHaveLength(seen);
    expect(numbersTaken(lost)).toEqual([]);
    expect(await read(id)).toMatchObject({
      status: 'off',
      error:
        'The program that asked for this Subscription was revoked. Another program of its organization may ask for it anew.',
    });
    const deliveries = await hub.deps.db.query<{ status: string }>(
      'SELECT DISTINCT status FROM delivery WHERE subscription_id = $1',
      [id],
    );
    expect(deliveries.map(({ status }) => status).sort()).toEqual(['delivered', 'withdrawn']);
  });

  test('is not asked whether it is there, where its Subscription was asked for and not yet active', async () => {
    const hook = await hooks.open();
    hook.answers.push('hang');
    const program = await addProgram();
    const body = subscriptionTo(hook.url, { ...wish, timeout: 1 });
    const { id } = await done<Subscription>(call('POST', `${hub.fhir}/Subscription`, { token: program.token, body }));
    await eventually(() => expect(hook.seen).toHaveLength(1));
    await revoke(program.id);
    await hook.close();
    await eventually(async () => expect((await read(id)).status).toBe('off'));
  });

  test('leaves alone what another program of its organization has asked for anew', async () => {
    const hook = await hooks.open();
    const program = await addProgram();
    const subscription = await subscribe(hub, program, hook.url, wish);
    const body = { ...subscription, status: 'requested' };
    await done(call('PUT', `${hub.fhir}/Subscription/${subscription.id}`, { token: agency.token, body }));
    await eventually(async () => expect((await read(subscription.id)).status).toBe('active'));
    await revoke(program.id);
    await write();
    await eventually(() => expect(numbersTaken(hook)).toEqual([1]));
    expect((await read(subscription.id)).status).toBe('active');
  });

  test('keeps nothing alive by having somebody at the hub touch it', async () => {
    const hook = await hooks.open();
    const program = await addProgram();
    const subscription = await subscribe(hub, program, hook.url, wish);
    await done(
      call('PUT', `${hub.fhir}/Subscription/${subscription.id}`, { body: { ...subscription, reason: 'Looked at' } }),
    );
    await revoke(program.id);
    expect((await read(subscription.id)).status).toBe('off');
  });
});
