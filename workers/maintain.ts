import type { Deps } from '../src/deps.ts';
import { removeExpired } from '../src/fhir/operations/export/export-job.ts';
import { describeThrown } from '../src/log.ts';
import type { Worker } from './waker.ts';

const EVERY_MS = 3_600_000;

/**
 * Removes what is kept for a time only. The embedded store has nobody who tidies up behind it: room of old row versions
 * is freed, statistics are renewed.
 */
export async function maintain(deps: Deps): Promise<void> {
  try {
    await removeExpired(deps.db, deps.now());
    if (deps.db.kind === 'embedded') await deps.db.query('VACUUM (ANALYZE)');
  } catch (thrown) {
    deps.log.error(describeThrown(thrown), 'maintenance failed');
  }
}

/** Tidies up every hour. */
export function startMaintenance(deps: Deps): Worker {
  let running: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    running = maintain(deps);
  }, EVERY_MS);
  return {
    stop: async () => {
      clearInterval(timer);
      await running;
    },
  };
}
