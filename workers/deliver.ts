import { type Job, Worker as QueueWorker } from 'bullmq';
import type { Deps } from '../src/deps.ts';
import type { OutboxMessage } from '../src/outbox/outbox.ts';
import { type Handlers, handlersOf } from './handlers.ts';
import { jobSchema, QUEUE, STALLED_OPTIONS, workerConnection } from './queues.ts';
import { runJob } from './run-job.ts';
import type { Worker } from './waker.ts';

/** Takes jobs from the queue and carries them out. */
export async function startDeliver(
  deps: Deps,
  redisUrl: string,
  handlers: Handlers = handlersOf(deps),
): Promise<Worker> {
  const connection = workerConnection(redisUrl);
  const worker = new QueueWorker(QUEUE, (job) => runJob(deps, handlers, messageOf(job)), {
    connection,
    concurrency: deps.config.DELIVERY_CONCURRENCY,
    ...STALLED_OPTIONS,
  });
  worker.on('error', () => undefined);
  return {
    stop: async () => {
      // Without Redis there is no job under way, and nothing to say goodbye to.
      await worker.close(connection.status !== 'ready');
      connection.disconnect();
    },
  };
}

function messageOf(job: Job): OutboxMessage {
  const { outboxId, subjectId, relays } = jobSchema.parse(job.data);
  return { id: outboxId, kind: job.name as OutboxMessage['kind'], subjectId, relays };
}
