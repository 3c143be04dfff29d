import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Subscription } from '@medplum/fhirtypes';
import { call, done, texts } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { closeHealthy } from '../support/healthy.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { addPartner, type Partner, sendReferral } from '../support/network.ts';
import { manyHooks, subscriptionTo, untilStatus } from '../support/subscriber.ts';

/** Here this machine stands for a network the hub may not call. */
describe.each(databaseKinds())('where the hub may not call, nothing arrives (%s):', (kind) => {
  let hub: TestHub;
  let hospital: Partner;
  const hooks = manyHooks();
  beforeAll(async () => {
    hub = await startHub(kind, { workers: true, settings: { OUTBOUND_NETWORKS: '10.0.0.0/8' } });
    hospital = await addPartner(hub, 'St. Anna Hospital');
  });
  afterAll(async () => {
    await closeHealthy(hub);
    await hooks.close();
  });

  const subscribe = (endpoint: string): ReturnType<typeof call<Subscription & { id: string }>> =>
    call('POST', `${hub.fhir}/Subscription`, { token: hospital.token, body: subscriptionTo(endpoint) });

  test('a Subscription whose endpoint shows it is refused', async () => {
    const hook = await hooks.open();
    const answer = await subscribe(hook.url);
    expect([answer.status, texts(answer as never)]).toEqual([
      422,
      [expect.stringContaining('in a network that the hub does not call')],
    ]);
  });

  test('a Subscription whose endpoint is a name that leads there fails, and says why', async () => {
    const hook = await hooks.open();
    const { id } = await done(subscribe(hook.url.replace('127.0.0.1', 'localhost')));
    const { error } = await untilStatus(hub, hospital, id, 'error');
    expect(error).toContain('the hub may not call this endpoint (endpoint-not-allowed)');
    expect(hook.seen).toEqual([]);
  });

  test('an offer to a partner there is rejected, to be looked at by a person', async () => {
    const hook = await hooks.open();
    await addPartner(hub, 'Food Bank', { address: hook.url, category: 'food-insecurity' });
    await sendReferral(hub, hospital);
    await eventually(async () => {
      const rows = await hub.deps.db.query<{ outcome: string; code: string }>(
        `SELECT attempt.outcome, attempt.code FROM attempt JOIN delivery ON delivery.id = delivery_id WHERE kind = 'offer'`,
      );
      expect(rows).toEqual([{ outcome: 'rejected', code: 'endpoint-not-allowed' }]);
    });
    expect(hook.seen).toEqual([]);
  });
});
