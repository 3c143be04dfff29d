import type { Deps } from '../src/deps.ts';
import { nextTurnOf } from '../src/fetching/take-turn.ts';
import { describeThrown } from '../src/log.ts';
import { repeat } from './repeat.ts';
import type { Worker } from './waker.ts';

/**
 * Asks the servers of partners what became of what was put there, each when it is due. One that is slow keeps no other waiting.
 * Several processes may do so at once.
 */
export function startPolling(deps: Deps): Worker {
  const underWay = new Set<Promise<void>>();
  const onFault = (thrown: unknown): void => deps.log.error(describeThrown(thrown), 'fetching from a partner failed');
  const looking = repeat(deps.config.SWEEP_INTERVAL_MS, async (goesOn) => {
    try {
      while (goesOn() && underWay.size < deps.config.FETCH_CONCURRENCY) {
        const turn = await nextTurnOf(deps.delivering, onFault);
        if (!turn) return;
        const asked = turn.done.finally(() => underWay.delete(asked));
        underWay.add(asked);
      }
    } catch (thrown) {
      onFault(thrown);
    }
  });
  return {
    stop: async () => {
      await looking.stop();
      await Promise.all(underWay);
    },
  };
}
