import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Task } from '@medplum/fhirtypes';
import type { Measures } from '../../src/measures/api.ts';
import { call, done } from '../support/api.ts';
import { createClock } from '../support/clock.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { addPartner, type Partner, sendReferral } from '../support/network.ts';
import { settled } from '../workers/late-loops.ts';

/** Eleven referrals to an agency whose server refuses all of them, and twelve to one that has none. */
describe.each(databaseKinds())('offers that do not arrive (%s store)', (store) => {
  let hub: TestHub;
  let server: Server;
  let reading: Partner;
  const arrived: string[] = [];
  beforeAll(async () => {
    server = createServer((request, response) => {
      request.resume().on('end', () => response.writeHead(422).end('{"resourceType":"OperationOutcome","issue":[]}'));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    hub = await startHub(store, { workers: true, now: createClock().now });
    const hospital = await addPartner(hub, 'A Hospital');
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/fhir`;
    const refusing = await addPartner(hub, 'A Refusing Agency', { address });
    reading = await addPartner(hub, 'An Agency');
    for (let n = 0; n < 11; n++) await sendReferral(hub, hospital, { owner: `Organization/${refusing.id}` });
    for (let n = 0; n < 12; n++)
      arrived.push(await sendReferral(hub, hospital, { owner: `Organization/${reading.id}` }));
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
    // 12 of 23, and 11 of 23.
    expect(await numberOf('delivery-rate')).toMatchObject({ n: 23, numerator: 12, open: 0, values: { rate: 0.5217 } });
    expect(await numberOf('delivery-failures')).toMatchObject({ n: 23, numerator: 11, values: { rate: 0.4783 } });
    expect(await numberOf('technical-delay')).toMatchObject({ n: 12, open: 0 });
    // Only what has arrived can be answered.
    expect(await numberOf('human-delay')).toMatchObject({ n: 0, open: 12 });
  });

  test('an acceptance that is taken back is no decline', async () => {
    const says = async (id: string, change: Partial<Task>): Promise<void> => {
      const url = `${hub.fhir}/Task/${id}`;
      const task = await done<Task>(call('GET', url, { token: reading.token }));
      await done(call('PUT', url, { token: reading.token, body: { ...task, ...change } }));
    };
    for (const id of arrived) await says(id, { status: 'accepted' });
    const statusReason = { text: 'Our driver is ill' };
    for (const id of arrived.slice(0, 3)) await says(id, { status: 'failed', statusReason });
    // 3 of 12; all of the 12 that answered had accepted.
    expect(await numberOf('taken-back')).toMatchObject({ n: 12, numerator: 3, values: { rate: 0.25 } });
    expect(await numberOf('acceptance-of-answered')).toMatchObject({ n: 12, numerator: 12, values: { rate: 1 } });
  });
});
