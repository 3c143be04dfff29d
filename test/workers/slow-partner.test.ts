import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { call } from '../support/api.ts';
import { eventually } from '../support/eventually.ts';
import { backends, startHub, type TestHub } from '../support/hub.ts';
import { addPartner, type Partner, sendReferral } from '../support/network.ts';

const LANE = 2;
const SLOW_REFERRALS = 12;

describe.each(backends())('a partner that does not answer, on $name', ({ store, queueSettings }) => {
  let hub: TestHub;
  let hospital: Partner;
  const hanging: (() => void)[] = [];
  let atOnce = 0;
  const slow: Server = createServer((request, response) => {
    request.resume();
    atOnce = Math.max(atOnce, hanging.length + 1);
    hanging.push(() => response.writeHead(201, { 'content-type': 'application/fhir+json' }).end('{}'));
  });

  beforeAll(async () => {
    await new Promise<void>((resolve) => slow.listen(0, '127.0.0.1', resolve));
    const settings = { ...(await queueSettings()), LANE_CONCURRENCY: String(LANE), DELIVERY_CONCURRENCY: '4' };
    hub = await startHub(store, { workers: true, settings });
    hospital = await addPartner(hub, 'St. Anna Hospital');
    await addPartner(hub, 'Slow Pantry', {
      address: `http://127.0.0.1:${(slow.address() as AddressInfo).port}`,
      category: 'food-insecurity',
    });
    await addPartner(hub, 'Quick Housing', { category: 'housing-instability' });
  });
  afterAll(async () => {
    for (const answer of hanging.splice(0)) answer();
    await hub?.close();
    slow.closeAllConnections();
    slow.close();
  });

  const step = async (id: string): Promise<string | undefined> =>
    (await call<{ nextStep: { step: string } | null }>('GET', `${hub.url}/api/loops/${id}`)).body.nextStep?.step;

  test('holds up only its own referrals, a few at a time; they follow one by one as it answers', async () => {
    const slowIds: string[] = [];
    for (let at = 0; at < SLOW_REFERRALS; at += 1) slowIds.push(await sendReferral(hub, hospital));
    await eventually(() => expect(hanging).toHaveLength(LANE));
    const quick = await sendReferral(hub, hospital, { category: 'housing-instability' });
    await eventually(async () => expect(await step(quick)).toBe('decide'));
    expect(hanging).toHaveLength(LANE);

    for (let answered = 0; answered < SLOW_REFERRALS; answered += 1) {
      await eventually(() => expect(hanging.length).toBeGreaterThan(0), { timeoutMs: 15_000 });
      hanging.shift()?.();
    }
    for (const id of slowIds) await eventually(async () => expect(await step(id)).toBe('decide'));
    expect(atOnce).toBeLessThanOrEqual(LANE);
  });
});
