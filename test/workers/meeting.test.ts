import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { deliver } from '../../src/deliveries/deliver.ts';
import { lockDelivery, wakeNext, withdraw } from '../../src/deliveries/store.ts';
import { databaseKinds } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { startHub, type TestHub } from '../support/hub.ts';

const ROUNDS = 600;

(databaseKinds().includes('server') ? describe : describe.skip)('two messages of one loop to one organization', () => {
  let hub: TestHub;
  beforeAll(async () => {
    hub = await startHub('server');
  });
  afterAll(() => hub?.close());

  const addDelivery = async (id: string, loop: string, status: string): Promise<void> => {
    await hub.deps.db.query(
      `WITH outboxed AS (INSERT INTO outbox (id, kind, subject_id, available_at, relayed_at) VALUES ($1, 'deliver', $1, $4, $4))
       INSERT INTO delivery (id, loop_id, kind, recipient_org, task_id, task_version, status, created_at)
       VALUES ($1, $2, 'status', 'org', 'task', 1, $3, $4)`,
      [id, loop, status, hub.deps.now()],
    );
  };

  const pause = async (ms: number): Promise<void> => {
    const until = performance.now() + ms;
    while (performance.now() < until) await new Promise((resolve) => setImmediate(resolve));
  };

  /** The first one is settled, and the one after it woken, as a worker does. */
  const settle = (id: string, loopId: string): Promise<void> =>
    hub.deps.db.transaction(async (tx) => {
      await tx.query(`UPDATE delivery SET status = 'delivered', settled_at = now() WHERE id = $1`, [id]);
      await wakeNext(tx, { id, lane: loopId, recipientOrg: 'org' }, hub.deps.now());
    });

  test('however closely they meet, the second does not sleep on when the first is settled', async () => {
    const asleep: string[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const [loop, first, second] = [randomUUID(), randomUUID(), randomUUID()];
      await addDelivery(first, loop, 'sending');
      await addDelivery(second, loop, 'pending');
      // A message whose Task is not there can be taken, and then fails: this test is about when it is taken.
      const settling = settle(first, loop);
      await pause((round % 20) / 10);
      await Promise.allSettled([settling, deliver(hub.deps.delivering, second)]);
      const [row] = await hub.deps.db.query<{ late: boolean }>(
        `SELECT available_at > now() + interval '1 second' AS late FROM outbox WHERE subject_id = $1`,
        [second],
      );
      if (row?.late) asleep.push(`round ${round}`);
    }
    expect(asleep).toEqual([]);
  });

  test('taken together, the first of which need not be said any more, do not wait for each other', async () => {
    const [loop, first, second] = [randomUUID(), randomUUID(), randomUUID()];
    await addDelivery(first, loop, 'pending');
    await addDelivery(second, loop, 'pending');
    const { db, now } = hub.deps;
    const take = (id: string, then: typeof withdraw): Promise<unknown> =>
      db.transaction(async (tx) => {
        const row = await lockDelivery(tx, id, now());
        if (row) await then(tx, row, now());
        return row;
      });
    const taken: Promise<unknown>[] = [];
    const withdrawing = take(first, async (tx, row, at) => {
      taken.push(take(second, async () => undefined));
      const waits = `SELECT 1 FROM pg_locks JOIN pg_database d ON d.oid = database
        WHERE datname = current_database() AND locktype = 'advisory' AND NOT granted`;
      await eventually(async () => expect(await db.query(waits)).toHaveLength(1));
      await withdraw(tx, row, at);
    });
    await withdrawing;
    expect(await Promise.all(taken)).toMatchObject([{ id: second, overtakes: false }]);
  });
});
