import { Queue } from 'bullmq';
import type { Deps } from '../src/deps.ts';
import { describeThrown } from '../src/log.ts';
import { claim, type OutboxMessage, unclaim } from '../src/outbox/outbox.ts';
import { JOB_OPTIONS, producerConnection, QUEUE } from './queues.ts';
import { type Worker, whenDue } from './waker.ts';

const BATCH = 200;
const REDIS_AWAY_MS = 1_000;

/** Hands due outbox messages to the queue: at least once each, ids only. */
export async function startRelay(deps: Deps, redisUrl: string): Promise<Worker> {
  const connection = producerConnection(redisUrl);
  const queue = new Queue(QUEUE, { connection });
  queue.on('error', () => undefined);
  const loop = await whenDue(deps, () => relayDue(deps, queue));
  return {
    stop: async () => {
      await loop.stop();
      await queue.close();
      connection.disconnect();
    },
  };
}

async function relayDue(deps: Deps, queue: Queue): Promise<void> {
  for (;;) {
    const messages = await claim(deps.db, deps.now(), BATCH);
    if (messages.length === 0) return;
    if (!(await hand(deps, queue, messages))) return;
    if (messages.length < BATCH) return;
  }
}

async function hand(deps: Deps, queue: Queue, messages: OutboxMessage[]): Promise<boolean> {
  try {
    await queue.addBulk(
      messages.map(({ id, kind, subjectId }) => ({
        name: kind,
        data: { v: 1, outboxId: id, subjectId },
        opts: { ...JOB_OPTIONS, jobId: id },
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
