import { readConfig } from '../../src/config.ts';
import { fireDue } from '../../src/deadlines/fire.ts';
import { openDeps } from '../../src/deps.ts';
import { foldCounts } from '../../src/loops/counts/fold.ts';
import { giveBack } from '../../src/outbox/outbox.ts';
import { reconsiderDue } from '../../src/referrals/consent/reconsider-due.ts';
import { machine } from '../fhir/report.ts';
import { startServers } from '../fhir/servers.ts';
import type { BenchOptions } from '../options.ts';
import { measureDeadlines, withClient } from './deadlines.ts';
import { fill } from './fill.ts';
import { counts, latencies, pages, percentile } from './latencies.ts';
import type { Cast } from './stories.ts';

const USUALLY = 100_000;
const OPEN_SHARE = 0.2;
const PAGES = 200;
const COUNTS = 100;

interface Figures {
  readonly loops: number;
  readonly open: number;
  readonly worklistP95Ms: number;
  /** Of further lists, by what is asked for. */
  readonly listsP95Ms: Readonly<Record<string, number>>;
  readonly countsP95Ms: number;
  readonly sweepIdleMs: number;
  readonly deadlines: { readonly due: number; readonly seconds: number; readonly apiP99Ratio: number };
}

/**
 * How the worklist, its counts and deadlines do with very many loops, of which a fifth are open: one loop that waits and
 * one that is closed are written through the API, and copied by statements.
 */
export async function loopsBench({ loops = USUALLY, whole, json, seconds }: BenchOptions): Promise<void> {
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  const servers = await startServers({ processes: 1, visibility: false }, stop.signal);
  const { databaseUrl, hub } = servers;
  try {
    const open = Math.round(loops * OPEN_SHARE);
    const began = performance.now();
    const cast = await fill({ url: hub, fhir: `${hub}/fhir/R4` }, databaseUrl, {
      open,
      closed: loops - open,
      whole,
    });
    const made = { seconds: (performance.now() - began) / 1_000, bytes: await sizeOf(databaseUrl) };
    await servers.restartHub();
    const figures = await measure(hub, databaseUrl, cast, { loops, open, seconds });
    const said = { ...figures, made, machine: machine() };
    console.log(json ? JSON.stringify(said) : said);
  } finally {
    await servers.stop();
  }
}

async function measure(
  hub: string,
  databaseUrl: string,
  cast: Cast,
  { seconds, ...size }: Pick<Figures, 'loops' | 'open'> & Pick<BenchOptions, 'seconds'>,
): Promise<Figures> {
  const worklistP95Ms = await p95(PAGES, pages(hub));
  const listsP95Ms: Record<string, number> = {};
  for (const query of LISTS) listsP95Ms[query] = await p95(PAGES, pages(hub, query));
  for (const [whose, token] of [
    ['a hospital', cast.hospitals[0]?.token],
    ['an agency', cast.agencies[0]?.token],
  ] as const)
    listsP95Ms[`state=all&sort=-received of ${whose}`] = await p95(
      PAGES,
      pages(hub, 'state=all&sort=-received', token),
    );
  const countsP95Ms = await p95(COUNTS, counts(hub, size.open));
  const sweepIdleMs = await measureSweep(databaseUrl);
  const deadlines = await measureDeadlines(hub, databaseUrl, seconds);
  return { ...size, worklistP95Ms, listsP95Ms, countsP95Ms, sweepIdleMs, deadlines };
}

const LISTS = [
  'overdue=true',
  'sort=-received',
  'nextStep=decide&priority=stat',
  'state=closed',
  'state=all&sort=-received',
];

/** After as many to warm up. */
async function p95(count: number, ask: () => Promise<void>): Promise<number> {
  await latencies(count, ask);
  return percentile(await latencies(count, ask), 0.95);
}

/** What no request asks for: all that the clock brings, where there is nothing to do. */
async function measureSweep(databaseUrl: string): Promise<number> {
  const deps = await openDeps(readConfig({ DATABASE_URL: databaseUrl, LOG_LEVEL: 'silent' }));
  try {
    while (await foldCounts(deps.db));
    return await p95(COUNTS, async () => {
      const fired = await fireDue(deps, (thrown) => {
        throw thrown;
      });
      const back = await giveBack(deps.db, deps.now());
      const decided = await reconsiderDue(deps.store, deps.consentPolicy);
      if (fired > 0 || back > 0 || decided > 0 || (await foldCounts(deps.db))) throw new Error('Something was due.');
    });
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
