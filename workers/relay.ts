import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Deps } from '../src/deps.ts';
import { AppError } from '../src/errors.ts';
import { describeThrown } from '../src/log.ts';
import { claim, type OutboxMessage, unclaim } from '../src/outbox/outbox.ts';
import { firstContact, JOB_OPTIONS, producerConnection, QUEUE } from './queues.ts';
import { type Worker, whenDue } from './waker.ts';

const BATCH = 200;
const REDIS_AWAY_MS = 1_000;

/** Hands due outbox messages to the queue: at least once each, ids only. */
export async function startRelay(deps: Deps, redisUrl: string): Promise<Worker> {
  const connection = producerConnection(redisUrl);
  const queue = new Queue(QUEUE, { connection });
  queue.on('error', () => undefined);
  await firstContact(connection);
  const loop = await whenDue(deps, () => relayDue(deps, { queue, connection }));
  return {
    stop: async () => {
      await loop.stop();
      // Without Redis the queue would wait for it for ever.
      if (connection.status === 'ready') await queue.close();
      connection.disconnect();
    },
  };
}

interface Reach {
  readonly queue: Queue;
  readonly connection: Redis;
}

async function relayDue(deps: Deps, reach: Reach): Promise<void> {
  for (;;) {
    const messages = await claim(deps.db, deps.now(), BATCH);
    if (messages.length === 0) return;
    if (!(await hand(deps, reach, messages))) return;
    if (messages.length < BATCH) return;
  }
}

async function hand(deps: Deps, { queue, connection }: Reach, messages: OutboxMessage[]): Promise<boolean> {
  try {
    // The queue would wait for Redis to come back, with these messages in its hands.
    if (connection.status !== 'ready') throw new AppError('unavailable', 'queue.unreachable', 'Redis does not answer.');
    await queue.addBulk(
      messages.map(({ id, kind, subjectId, relays }) => ({
        name: kind,
        data: { v: 1, outboxId: id, subjectId, relays },
        // A job of the same id that has not quite ended would swallow this one: each handing-out has its own.
        opts: { ...JOB_OPTIONS, jobId: `${id}-${relays}` },
      })),
    );
    return true;
  } catch (thrown) {
    deps.log.error(describeThrown(thrown), 'queue not reachable');
    await unclaim(
      deps.db,
      messages.map(({ id }) => id),
      new Date(deps.now().getTime() + REDIS_AWAY_MS),
    );
    return false;
  }
}
