import { readConfig } from '../../src/config.ts';
import { fireDue } from '../../src/deadlines/fire.ts';
import { openDeps } from '../../src/deps.ts';
import { machine } from '../fhir/report.ts';
import { startServers } from '../fhir/servers.ts';
import type { BenchOptions } from '../options.ts';
import { measureDeadlines, withClient } from './deadlines.ts';
import { fill } from './fill.ts';
import { counts, latencies, percentile, worklist } from './latencies.ts';

const OPEN_SHARE = 0.2;
const PAGES = 200;
const COUNTS = 100;

interface Figures {
  readonly loops: number;
  readonly open: number;
  readonly worklistP95Ms: number;
  readonly countsP95Ms: number;
  readonly sweepIdleMs: number;
  readonly deadlines: { readonly due: number; readonly seconds: number; readonly apiP99Ratio: number };
}

/**
 * How the worklist, its counts and deadlines do with very many loops, of which a fifth are open: one loop that waits and
 * one that is closed are written through the API, and copied by statements.
 */
export async function loopsBench(options: BenchOptions): Promise<void> {
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  const servers = await startServers({ processes: 1, visibility: false }, stop.signal);
  const { databaseUrl, hub } = servers;
  try {
    const open = Math.round(options.loops * OPEN_SHARE);
    const began = performance.now();
    await fill({ url: hub, fhir: `${hub}/fhir/R4` }, databaseUrl, {
      open,
      closed: options.loops - open,
      whole: options.whole,
    });
    const made = { seconds: (performance.now() - began) / 1_000, bytes: await sizeOf(databaseUrl) };
    await servers.restartHub();
    const figures = await measure(hub, databaseUrl, { loops: options.loops, open });
    const said = { ...figures, made, machine: machine() };
    console.log(options.json ? JSON.stringify(said) : said);
  } finally {
    await servers.stop();
  }
}

async function measure(hub: string, databaseUrl: string, size: Pick<Figures, 'loops' | 'open'>): Promise<Figures> {
  const page = worklist(hub);
  await latencies(PAGES, page);
  const worklistP95Ms = percentile(await latencies(PAGES, page), 0.95);
  const count = counts(hub, size.open);
  await latencies(COUNTS / 10, count);
  const countsP95Ms = percentile(await latencies(COUNTS, count), 0.95);
  const sweepIdleMs = await measureSweep(databaseUrl);
  return { ...size, worklistP95Ms, countsP95Ms, sweepIdleMs, deadlines: await measureDeadlines(hub, databaseUrl) };
}

/** What no request asks for. */
async function measureSweep(databaseUrl: string): Promise<number> {
  const deps = await openDeps(readConfig({ DATABASE_URL: databaseUrl, LOG_LEVEL: 'silent' }));
  try {
    const sweeps = await latencies(100, async () => {
      const fired = await fireDue(deps, (thrown) => {
        throw thrown;
      });
      if (fired > 0) throw new Error('Something was due.');
    });
    return percentile(sweeps, 0.5);
  } finally {
    await deps.close();
  }
}

function sizeOf(databaseUrl: string): Promise<number> {
  return withClient(databaseUrl, async (client) => {
    const { rows } = await client.query<{ bytes: string }>('SELECT pg_database_size(current_database()) AS bytes');
    return Number(rows[0]?.bytes);
  });
}
