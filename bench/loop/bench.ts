import { cpus } from 'node:os';
import { findServices } from '../../test/chaos/services.ts';
import { type Services, startOwnHub } from '../../test/partners/hub/own-hub.ts';
import type { BenchOptions } from '../options.ts';
import { openNetwork } from './network.ts';
import { rawCommits } from './raw-commits.ts';

/** A way to run the hub. */
interface Way {
  readonly store: 'embedded' | 'postgres';
  readonly queue: 'in-process' | 'bullmq';
  readonly services: Services;
}

interface Round {
  readonly loopsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly rawCommitsPerSecond: number;
}

const CALLERS = 8;
const WARM_UP = 10;

/**
 * Whole loops per second (sent, offered, accepted, begun, done, completed, closed at the hospital: 6 calls in, 4
 * messages out), and the hub's own time for one when it has nothing else to do, beside the raw commit rate of the same
 * database. The ways to run are measured in turn, so that a noisy machine is noisy for all of them.
 */
export async function loopBench({ json, loops = 100, rounds }: BenchOptions): Promise<void> {
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  const services = await findServices(stop.signal);
  try {
    const ways = waysFor(services);
    const measured = new Map<Way, Round[]>(ways.map((way) => [way, []]));
    for (let round = 1; round <= rounds; round += 1) {
      for (const way of ways) {
        if (!json) console.log(`round ${round} of ${rounds}: ${way.store}, ${way.queue}`);
        measured.get(way)?.push(await measure(way, loops));
      }
    }
    report(
      ways.map((way) => summary(way, measured.get(way) ?? [])),
      { json, loops, rounds },
    );
  } finally {
    await services.stop();
  }
}

function waysFor({ databaseUrl, redisUrl }: Services): Way[] {
  return [
    { store: 'embedded', queue: 'in-process', services: {} },
    ...(databaseUrl ? [{ store: 'postgres', queue: 'in-process', services: { databaseUrl } } as const] : []),
    ...(databaseUrl && redisUrl
      ? [{ store: 'postgres', queue: 'bullmq', services: { databaseUrl, redisUrl } } as const]
      : []),
  ];
}

async function measure(way: Way, loops: number): Promise<Round> {
  const rawCommitsPerSecond = await rawCommits(way.services.databaseUrl);
  const hub = await startOwnHub({ ...way.services, workers: 1 });
  const network = await openNetwork(hub);
  try {
    for (let at = 0; at < WARM_UP; at += 1) await network.loop();
    const alone: number[] = [];
    for (let at = 0; at < Math.ceil(loops / 2); at += 1) alone.push(await network.loop());
    const started = performance.now();
    await inParallel(loops, () => network.loop());
    const loopsPerSecond = (loops / (performance.now() - started)) * 1_000;
    return { loopsPerSecond, p50Ms: quantile(alone, 0.5), p99Ms: quantile(alone, 0.99), rawCommitsPerSecond };
  } finally {
    await network.close();
    await hub.close();
  }
}

async function inParallel(count: number, work: () => Promise<unknown>): Promise<void> {
  let left = count;
  const caller = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await work();
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
}

function quantile(values: readonly number[], at: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * at))] ?? Number.NaN;
}

interface Row {
  readonly store: string;
  readonly queue: string;
  readonly loopsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly rawCommitsPerSecond: number;
  /** Raw commits the database could have made in the time of one loop. */
  readonly commitsPerLoop: number;
}

function summary({ store, queue }: Way, rounds: readonly Round[]): Row {
  const median = (of: (round: Round) => number): number => round1(quantile(rounds.map(of), 0.5));
  const [loopsPerSecond, rawCommitsPerSecond] = [
    median((each) => each.loopsPerSecond),
    median((each) => each.rawCommitsPerSecond),
  ];
  return {
    store,
    queue,
    loopsPerSecond,
    p50Ms: median((each) => each.p50Ms),
    p99Ms: median((each) => each.p99Ms),
    rawCommitsPerSecond,
    commitsPerLoop: round1(rawCommitsPerSecond / loopsPerSecond),
  };
}

function round1(value: number): number {
  return Math.round(value * 10) / 10;
}

function report(rows: readonly Row[], { json, loops, rounds }: Pick<BenchOptions, 'json' | 'loops' | 'rounds'>): void {
  const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}, Node ${process.version}`;
  if (json) {
    console.log(JSON.stringify({ machine, loops, rounds, rows }));
    return;
  }
  console.log(
    `\n${machine}; medians of ${rounds} rounds of ${loops} loops, ${CALLERS} at a time; latency: the hub's own, one at a time`,
  );
  console.table(rows);
}
