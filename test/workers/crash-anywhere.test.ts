import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Task } from '@medplum/fhirtypes';
import { deliver, leaseMs } from '../../src/deliveries/deliver.ts';
import type { DeliverDeps } from '../../src/deliveries/deliver-deps.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { Killed, mortal } from '../support/mortal-database.ts';
import { addPartner, type Partner, sendReferral } from '../support/network.ts';

/** A partner whose server keeps every Task it is given, and can be asked for it; it does not honour If-None-Exist. */
function carelessPartner(): { server: Server; tasks: Task[] } {
  const tasks: Task[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (request.method === 'POST') tasks.push(JSON.parse(Buffer.concat(chunks).toString()) as Task);
      const wanted = decodeURIComponent(request.url ?? '').split('|')[1];
      const found = tasks.flatMap((task, at) =>
        task.identifier?.[0]?.value === wanted ? [{ resource: { ...task, id: `t${at}` } }] : [],
      );
      response.writeHead(request.method === 'POST' ? 201 : 200, { 'content-type': 'application/fhir+json' });
      response.end(JSON.stringify({ resourceType: 'Bundle', type: 'searchset', entry: found }));
    });
  });
  return { server, tasks };
}

describe.each(databaseKinds())('a worker that dies while it delivers, on the %s store', (kind) => {
  let hub: TestHub;
  let hospital: Partner;
  let later = 0;
  const { server, tasks } = carelessPartner();

  beforeAll(async () => {
    hub = await startHub(kind, { now: () => new Date(Date.now() + later) });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    hospital = await addPartner(hub, 'St. Anna Hospital');
    await addPartner(hub, 'A Pantry', {
      address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      category: 'food-insecurity',
    });
  });
  afterAll(async () => {
    server.close();
    await hub?.close();
  });

  const offerOf = async (loopId: string): Promise<string> => {
    const [row] = await hub.deps.db.query<{ id: string }>(
      `SELECT id FROM delivery WHERE loop_id = $1 AND kind = 'offer'`,
      [loopId],
    );
    return row?.id ?? '';
  };
  const dying = (dieAt?: number): { deps: DeliverDeps; steps: () => number } => {
    const { db, steps } = mortal(hub.deps.db, dieAt);
    return { deps: { ...hub.deps.delivering, store: { ...hub.deps.store, db } }, steps };
  };

  test('neither loses nor doubles the message, at whichever step it dies', async () => {
    const whole = dying();
    await deliver(whole.deps, await offerOf(await sendReferral(hub, hospital)));
    expect(whole.steps()).toBeGreaterThan(8);

    for (let dieAt = 1; dieAt <= whole.steps(); dieAt += 1) {
      const loopId = await sendReferral(hub, hospital);
      const deliveryId = await offerOf(loopId);
      await expect(deliver(dying(dieAt).deps, deliveryId)).rejects.toThrow(Killed);
      // The next worker comes when the dead one's time is over.
      later += leaseMs(hub.deps.config.DELIVERY_TIMEOUT_MS) + 1;
      expect(await deliver(hub.deps.delivering, deliveryId)).toBe('settled');

      const arrived = tasks.filter(({ partOf }) => partOf?.[0]?.reference?.endsWith(loopId));
      expect({ dieAt, arrived: arrived.length }).toEqual({ dieAt, arrived: 1 });
      const rows = await hub.deps.db.query(
        'SELECT status FROM delivery WHERE id = $1 UNION ALL SELECT kind FROM outbox WHERE subject_id = $1',
        [deliveryId],
      );
      expect(rows).toEqual([{ status: 'delivered' }]);
    }
  });
});
