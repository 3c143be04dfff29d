import { fireDue } from '../src/deadlines/fire.ts';
import type { Deps } from '../src/deps.ts';
import { describeThrown } from '../src/log.ts';
import type { Worker } from './waker.ts';

/** Does what is due because nothing has happened, every so often. Several processes may do so at once. */
export function startDeadlines(deps: Deps): Worker {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let firing: Promise<void> = Promise.resolve();
  const next = (): void => {
    if (stopped) return;
    timer = setTimeout(() => {
      firing = fireAll(deps).finally(next);
    }, deps.config.DEADLINE_INTERVAL_MS);
  };
  next();
  return {
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await firing;
    },
  };
}

async function fireAll(deps: Deps): Promise<void> {
  const onFault = (thrown: unknown): void => deps.log.error(describeThrown(thrown), 'deadline not fired');
  try {
    const fired = await fireDue(deps, onFault);
    if (fired > 0) deps.log.info({ fired }, 'deadlines fired');
  } catch (thrown) {
    onFault(thrown);
  }
}
