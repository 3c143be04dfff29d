import type { Deps } from '../src/deps.ts';
import { describeThrown } from '../src/log.ts';
import { nextDue, OUTBOX_CHANNEL } from '../src/outbox/outbox.ts';

/** A running worker; `stop` waits for what is under way. */
export interface Worker {
  stop(): Promise<void>;
}

/**
 * Calls `work` whenever there may be something due: when a commit announces it, when the next message falls due, and
 * every so often all the same. Calls never overlap; one that comes while `work` runs makes it run once more.
 */
export async function whenDue(deps: Deps, work: () => Promise<void>): Promise<Worker> {
  let stopped = false;
  let again = false;
  let running: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;

  const run = async (): Promise<void> => {
    do {
      again = false;
      await attempt(deps, work);
    } while (again && !stopped);
    running = undefined;
    if (!stopped) await schedule();
  };
  const wake = (): void => {
    if (stopped) return;
    again = true;
    running ??= run();
  };
  const schedule = async (): Promise<void> => {
    const waitMs = await nextWait(deps);
    clearTimeout(timer);
    if (!stopped) timer = setTimeout(wake, waitMs);
  };

  const unlisten = await deps.db.listen(OUTBOX_CHANNEL, wake);
  wake();
  return {
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await unlisten();
      await running;
    },
  };
}

async function attempt(deps: Deps, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (thrown) {
    deps.log.error(describeThrown(thrown), 'outbox not readable');
  }
}

async function nextWait(deps: Deps): Promise<number> {
  try {
    const due = await nextDue(deps.db);
    const wait = due ? due.getTime() - deps.now().getTime() : Number.POSITIVE_INFINITY;
    return Math.max(20, Math.min(wait, deps.config.SWEEP_INTERVAL_MS));
  } catch {
    return deps.config.SWEEP_INTERVAL_MS;
  }
}
