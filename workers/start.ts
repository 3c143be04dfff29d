import type { Deps } from '../src/deps.ts';
import { startApplying } from './apply.ts';
import { startDeadlines } from './deadlines.ts';
import { startDeliver } from './deliver.ts';
import { handlersOf } from './handlers.ts';
import { startInProcess } from './in-process.ts';
import { startMaintenance } from './maintain.ts';
import { startPolling } from './poll.ts';
import { startProvenance } from './provenance.ts';
import { startRelay } from './relay.ts';
import { startSeal } from './seal.ts';
import { startSweep } from './sweep.ts';
import type { Worker } from './waker.ts';

type Start = (deps: Deps, redisUrl: string) => Promise<Worker>;

const QUEUED: Readonly<Record<string, Start>> = { relay: startRelay, deliver: (deps, url) => startDeliver(deps, url) };

/**
 * Starts the workers that are named, over Redis where there is one, else in this process; and the safety net.
 * @returns one worker that stops them all, in the order in which nothing is left half-done
 */
export async function startWorkers(deps: Deps, names: string): Promise<Worker> {
  const { REDIS_URL } = deps.config;
  const workers = REDIS_URL
    ? await startQueued(deps, REDIS_URL, names)
    : [await startInProcess(deps, handlersOf(deps))];
  workers.unshift(startSweep(deps));
  workers.unshift(await startApplying(deps));
  workers.unshift(startMaintenance(deps));
  workers.unshift(startSeal(deps));
  workers.unshift(startDeadlines(deps));
  workers.unshift(startPolling(deps));
  workers.unshift(startProvenance(deps));
  return {
    stop: async () => {
      for (const worker of workers) await worker.stop();
    },
  };
}

async function startQueued(deps: Deps, redisUrl: string, names: string): Promise<Worker[]> {
  const workers: Worker[] = [];
  for (const name of names.split(',').map((each) => each.trim())) {
    const start = QUEUED[name];
    if (!start) throw new Error(`WORKERS names "${name}", which is none of: ${Object.keys(QUEUED).join(', ')}.`);
    workers.push(await start(deps, redisUrl));
  }
  return workers;
}
