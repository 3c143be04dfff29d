import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Measures } from '../../src/measures/api.ts';
import { call } from '../support/api.ts';
import { createClock } from '../support/clock.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { addPartner, sendReferral } from '../support/network.ts';
import { settled } from '../workers/late-loops.ts';

/** Eleven referrals to an agency whose server refuses all of them, and twelve to one that has none. */
describe.each(databaseKinds())('offers that do not arrive (%s store)', (store) => {
  let hub: TestHub;
  let server: Server;
  beforeAll(async () => {
    server = createServer((request, response) => {
      request.resume().on('end', () => response.writeHead(422).end('{"resourceType":"OperationOutcome","issue":[]}'));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    hub = await startHub(store, { workers: true, now: createClock().now });
    const hospital = await addPartner(hub, 'A Hospital');
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/fhir`;
    const refusing = await addPartner(hub, 'A Refusing Agency', { address });
    const reading = await addPartner(hub, 'An Agency');
    for (let n = 0; n < 23; n++)
      await sendReferral(hub, hospital, { owner: `Organization/${n < 11 ? refusing.id : reading.id}` });
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
});
