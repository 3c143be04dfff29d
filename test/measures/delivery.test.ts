import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Task } from '@medplum/fhirtypes';
import type { Measures } from '../../src/measures/api.ts';
import { call, done } from '../support/api.ts';
import { createClock } from '../support/clock.ts';
import { databaseKinds } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { addPartner, type Partner, referralBundle, sendReferral } from '../support/network.ts';
import { settled } from '../workers/late-loops.ts';

/**
 * Eleven referrals to an agency whose server refuses all of them, eleven to one whose server is away for three hours, and twelve
 * to one that has none.
 */
describe.each(databaseKinds())('offers that do not arrive (%s store)', (store) => {
  let hub: TestHub;
  let server: Server;
  let hospital: Partner;
  let [reading, away]: Partner[] = [];
  let isAway = true;
  const late: string[] = [];
  const clock = createClock();
  const arrived: string[] = [];
  beforeAll(async () => {
    server = createServer((request, response) => {
      const status = request.url?.startsWith('/away') ? (isAway ? 503 : 201) : 422;
      const location = 'Task/there/_history/1';
      request
        .resume()
        .on('end', () =>
          response.writeHead(status, { location }).end('{"resourceType":"OperationOutcome","issue":[]}'),
        );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    hub = await startHub(store, { workers: true, now: clock.now });
    hospital = await addPartner(hub, 'A Hospital');
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const refusing = await addPartner(hub, 'A Refusing Agency', { address: `${address}/fhir` });
    away = await addPartner(hub, 'An Agency that is away', { address: `${address}/away` });
    reading = await addPartner(hub, 'An Agency');
    for (let n = 0; n < 11; n++) await sendReferral(hub, hospital, { owner: `Organization/${refusing.id}` });
    const to = async (owner: Partner | undefined): Promise<string> =>
      sendReferral(hub, hospital, { owner: `Organization/${owner?.id}` });
    for (let n = 0; n < 12; n++) arrived.push(await to(reading));
    for (let n = 0; n < 11; n++) late.push(await to(away));
    await eventually(async () => {
      const tried = `SELECT 1 FROM delivery WHERE recipient_org = '${away?.id}' AND attempts > 0 AND status = 'pending'`;
      expect(await hub.deps.db.query(tried)).toHaveLength(11);
    });
    clock.advance(3 * 3_600_000);
    isAway = false;
    await settled(hub.deps);
  });
  afterAll(async () => {
    await hub?.close();
    await new Promise((resolve) => server.close(resolve));
  });

  const numberOf = async (id: string): Promise<unknown> => {
    const url = `${hub.url}/api/measures?from=2026-03-02&to=2026-03-09&measure=${id}`;
    return (await call<Measures>('GET', url)).body.measures[0]?.numbers[0];
  };

  test('are in the rate of delivery and of failures, and nothing is waited for of them', async () => {
    // 23 of 34, and 11 of 34.
    expect(await numberOf('delivery-rate')).toMatchObject({ n: 34, numerator: 23, open: 0, values: { rate: 0.6765 } });
    expect(await numberOf('delivery-failures')).toMatchObject({ n: 34, numerator: 11, values: { rate: 0.3235 } });
    // 12 at once and 11 after three hours: the 12th of 23 is at once; the 90th and the 95th percentile are three hours.
    const hours = { n: 23, open: 0, values: { median: 0, p90: 3, p95: 3 } };
    expect(await numberOf('technical-delay')).toMatchObject(hours);
    expect(await numberOf('time-to-deliver')).toMatchObject(hours);
    // Only what has arrived can be answered.
    expect(await numberOf('human-delay')).toMatchObject({ n: 0, open: 23 });
  });

  const says = async (by: Partner | undefined, id: string, change: Partial<Task>): Promise<void> => {
    const url = `${hub.fhir}/Task/${id}`;
    const task = await done<Task>(call('GET', url, { token: by?.token }));
    await done(call('PUT', url, { token: by?.token, body: { ...task, ...change } }));
  };

  test('what is marked as a test counts nowhere', async () => {
    const coding = { system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason', code: 'HTEST' };
    for (const meta of [{ tag: [coding] }, { security: [coding] }]) {
      const body = referralBundle(hospital, { owner: `Organization/${reading?.id}` });
      const task = body.entry?.[2]?.resource;
      if (task) task.meta = meta;
      await done(call('POST', hub.fhir, { token: hospital.token, body }));
    }
    await settled(hub.deps);
    expect([await numberOf('received'), await numberOf('asked')]).toMatchObject([{ n: 34 }, { n: 34 }]);
  });

  test('an acceptance that is taken back is no decline', async () => {
    for (const id of arrived) await says(reading, id, { status: 'accepted' });
    const statusReason = { text: 'Our driver is ill' };
    for (const id of arrived.slice(0, 3)) await says(reading, id, { status: 'failed', statusReason });
    // 3 of 12; all of the 12 that answered had accepted.
    expect(await numberOf('taken-back')).toMatchObject({ n: 12, numerator: 3, values: { rate: 0.25 } });
    expect(await numberOf('acceptance-of-answered')).toMatchObject({ n: 12, numerator: 12, values: { rate: 1 } });
  });

  test('why an organization declines is told by its code, also where that says no outcome', async () => {
    const coding = [{ system: 'https://careloop.dev/fhir/CodeSystem/decline-reason', code: 'out-of-area' }];
    for (const id of late)
      await says(away, id, { status: 'rejected', statusReason: { coding, text: 'Over the river' } });
    expect(await numberOf('decline-reasons')).toMatchObject({
      part: 'out-of-area',
      n: 11,
      numerator: 11,
      values: { share: 1 },
    });
  });
});
