import type { Worker } from './waker.ts';

/**
 * Does something again and again, each time so long after it was done.
 * @param work must not throw; it is given whether it may go on, which it asks where it takes long
 */
export function repeat(everyMs: number, work: (goesOn: () => boolean) => Promise<void>): Worker {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let working: Promise<void> = Promise.resolve();
  const next = (): void => {
    if (stopped) return;
    timer = setTimeout(() => {
      working = work(() => !stopped).finally(next);
    }, everyMs);
  };
  next();
  return {
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await working;
    },
  };
}
