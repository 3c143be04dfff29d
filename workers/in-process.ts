import type { Deps } from '../src/deps.ts';
import { claim, type OutboxMessage } from '../src/outbox/outbox.ts';
import type { Handlers } from './handlers.ts';
import { runJob } from './run-job.ts';
import { type Worker, whenDue } from './waker.ts';

/**
 * Carries out outbox messages in this process, without Redis: claims what is due, up to the concurrency, and goes on as
 * soon as one is done. Several processes may do so on one database.
 */
export async function startInProcess(deps: Deps, handlers: Handlers): Promise<Worker> {
  const underWay = new Set<Promise<void>>();
  let resume: () => void = () => undefined;

  const start = (message: OutboxMessage): void => {
    const job = runJob(deps, handlers, message).finally(() => {
      underWay.delete(job);
      resume();
    });
    underWay.add(job);
  };
  const claimDue = async (): Promise<void> => {
    for (;;) {
      const free = deps.config.DELIVERY_CONCURRENCY - underWay.size;
      if (free <= 0) {
        await new Promise<void>((resolve) => {
          resume = resolve;
        });
        continue;
      }
      const messages = await claim(deps.db, deps.now(), free);
      for (const message of messages) start(message);
      if (messages.length < free) return;
    }
  };

  const loop = await whenDue(deps, claimDue);
  return {
    stop: async () => {
      await loop.stop();
      await Promise.all(underWay);
    },
  };
}
