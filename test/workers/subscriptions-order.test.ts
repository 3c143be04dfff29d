import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Communication } from '@medplum/fhirtypes';
import { call, done } from '../support/api.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { backends, startHub, type TestHub } from '../support/hub.ts';
import { addPartner, type Partner } from '../support/network.ts';
import { manyHooks, numbersTaken, subscribe } from '../support/subscriber.ts';

const TOPIC = 'https://careloop.dev/fhir/SubscriptionTopic/communication';
const WRITERS = 6;
const EACH = 8;
const ALL = Array.from({ length: WRITERS * EACH }, (_, at) => at + 1);

describe.each(backends())('many who write at once, on $name', ({ store, queueSettings }) => {
  let hub: TestHub;
  let partner: Partner;
  const hooks = manyHooks();
  const { open } = hooks;

  beforeAll(async () => {
    const settings = { ...(await queueSettings()), RETRY_SCHEDULE_MS: Array.from({ length: 300 }, () => 200).join() };
    hub = await startHub(store, { workers: true, settings });
    partner = await addPartner(hub, 'Food Bank');
  });
  afterAll(async () => {
    await hub?.close();
    await hooks.close();
  });

  const sender = (): string => `Organization/${partner.id}`;
  const write = (): Promise<Communication> => {
    const body = { resourceType: 'Communication', status: 'completed', sender: { reference: sender() } };
    return done<Communication>(call('POST', `${hub.fhir}/Communication`, { token: partner.token, body }));
  };
  const writeMuch = async (): Promise<void> => {
    await Promise.all(
      Array.from({ length: WRITERS }, async () => {
        for (let at = 0; at < EACH; at += 1) await write();
      }),
    );
  };
  const wish = (): { topic: string; filters: string[]; maxCount: number } => ({
    topic: TOPIC,
    filters: [`Communication?sender=${sender()}`],
    maxCount: 5,
  });

  test('each event is told once to each subscriber, under the next number, in order', async () => {
    const [first, second] = [await open(), await open()];
    const subscriptions = [
      await subscribe(hub, partner, first.url, wish()),
      await subscribe(hub, partner, second.url, wish()),
    ];
    await writeMuch();
    for (const hook of [first, second])
      await eventually(() => expect(numbersTaken(hook)).toEqual(ALL), { timeoutMs: 60_000 });
    const counted = await hub.deps.db.query(
      `SELECT count(*)::int AS n, count(DISTINCT resource_id)::int AS subjects, max(number)::int AS last FROM subscription_event GROUP BY subscription_id`,
    );
    const whole = { n: ALL.length, subjects: ALL.length, last: ALL.length };
    expect(counted).toEqual([whole, whole]);
    for (const { id } of subscriptions)
      await call('DELETE', `${hub.fhir}/Subscription/${id}`, { token: partner.token });
  });

  test('an endpoint that is down, then fails in every way, then is up, is told all in order, nothing twice but after doubt', async () => {
    const port = await freePort();
    const before = await open(port);
    const { id } = await subscribe(hub, partner, before.url, wish());
    await before.close();
    await writeMuch();
    const hook = await open(port);
    hook.answers.push(503, 500, 'reset', 429, 502);
    await eventually(() => expect(numbersTaken(hook)).toEqual(ALL), { timeoutMs: 60_000 });
    await call('DELETE', `${hub.fhir}/Subscription/${id}`, { token: partner.token });
  }, 120_000);
});
