import { Client } from 'pg';
import { readConfig } from '../../src/config.ts';
import { fireDue } from '../../src/deadlines/fire.ts';
import { openDeps } from '../../src/deps.ts';
import { countLoops } from '../../src/loops/queries.ts';
import { type Program, startProgram } from '../../test/support/processes.ts';
import { machine } from '../fhir/report.ts';
import { startServers } from '../fhir/servers.ts';
import type { BenchOptions } from '../options.ts';
import { copyCells } from '../preload/copy-cells.ts';
import { latencies, latenciesUntil, percentile, worklist } from './latencies.ts';
import { closedStory, openStory, registerCast } from './stories.ts';

const OPEN_SHARE = 0.2;
const DUE = 10_000;
const PAGES = 200;
const PAUSE_MS = 50;
const IDLE_MS = 10_000;
const LONGEST_MS = 10 * 60_000;
/** Deadlines are worked off when the bench says so. */
const NEVER = '3600000';

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
    await fill({ url: hub, fhir: `${hub}/fhir/R4` }, databaseUrl, { open, closed: options.loops - open });
    await servers.restartHub();
    const figures = await measure(hub, databaseUrl, { loops: options.loops, open });
    const said = { ...figures, machine: machine() };
    console.log(options.json ? JSON.stringify(said) : said);
  } finally {
    await servers.stop();
  }
}

async function fill(
  hub: { url: string; fhir: string },
  databaseUrl: string,
  { open, closed }: { readonly open: number; readonly closed: number },
): Promise<void> {
  const worker = await startWorker(databaseUrl, NEVER);
  const cast = await registerCast(hub);
  const waiting = await openStory(hub, databaseUrl, cast);
  const ended = await closedStory(hub, databaseUrl, cast);
  await worker.stop();
  await copyCells(databaseUrl, waiting, 0, open);
  await copyCells(databaseUrl, ended, 0, closed);
  await withClient(databaseUrl, async (client) => {
    for (const statement of SPREAD) await client.query(statement);
  });
}

/** Those that are open fall due over a month from now on, nothing is due yet, and the workers have nothing to do. */
const SPREAD = [
  `UPDATE loop SET due = now() + interval '1 day' + (('x' || substr(md5(id), 1, 6))::bit(24)::int % 2592000) * interval '1 s'
     WHERE state = 'open'`,
  `UPDATE deadline SET due = loop.due, at = loop.due, ats = ARRAY[loop.due, loop.due + interval '1 day'], whats = '{remind,worklist}'
     FROM loop WHERE loop.id = deadline.loop_id`,
  'TRUNCATE outbox',
  'VACUUM (ANALYZE) loop',
  'VACUUM (ANALYZE) deadline',
];

async function measure(hub: string, databaseUrl: string, size: Pick<Figures, 'loops' | 'open'>): Promise<Figures> {
  const page = worklist(hub);
  await latencies(PAGES, page);
  const worklistP95Ms = percentile(await latencies(PAGES, page), 0.95);
  const { countsP95Ms, sweepIdleMs } = await measureInside(databaseUrl);
  return { ...size, worklistP95Ms, countsP95Ms, sweepIdleMs, deadlines: await measureDeadlines(hub, databaseUrl) };
}

/** What no request asks for by itself. */
async function measureInside(databaseUrl: string): Promise<Pick<Figures, 'countsP95Ms' | 'sweepIdleMs'>> {
  const deps = await openDeps(readConfig({ DATABASE_URL: databaseUrl, LOG_LEVEL: 'silent' }));
  try {
    const viewer = { caller: { kind: 'operator', organizationId: deps.hubOrg }, hubOrg: deps.hubOrg } as const;
    const counts = await latencies(100, async () => void (await countLoops(deps.db, viewer, deps.now())));
    const sweeps = await latencies(100, async () => {
      const fired = await fireDue(deps, (thrown) => {
        throw thrown;
      });
      if (fired > 0) throw new Error('Something was due.');
    });
    return { countsP95Ms: percentile(counts, 0.95), sweepIdleMs: percentile(sweeps, 0.5) };
  } finally {
    await deps.close();
  }
}

/** Ten thousand rungs are due at the same instant, while somebody looks at pages. */
async function measureDeadlines(hub: string, databaseUrl: string): Promise<Figures['deadlines']> {
  const page = worklist(hub);
  const idleUntil = performance.now() + IDLE_MS;
  const idle = await latenciesUntil(() => performance.now() > idleUntil, PAUSE_MS, page);
  return withClient(databaseUrl, async (client) => {
    const { rowCount } = await client.query(
      `UPDATE deadline SET at = now() WHERE loop_id IN (SELECT loop_id FROM deadline ORDER BY loop_id LIMIT ${DUE})`,
    );
    const started = performance.now();
    const worker = await startWorker(databaseUrl, '200');
    let isOver = false;
    const busy = latenciesUntil(() => isOver, PAUSE_MS, page);
    while (!isOver) {
      const { rows } = await client.query('SELECT 1 FROM deadline WHERE at <= now() LIMIT 1');
      isOver = rows.length === 0 || performance.now() - started > LONGEST_MS;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const seconds = (performance.now() - started) / 1_000;
    const tooks = await busy;
    await worker.stop();
    return { due: rowCount ?? 0, seconds, apiP99Ratio: percentile(tooks, 0.99) / percentile(idle, 0.99) };
  });
}

async function startWorker(databaseUrl: string, intervalMs: string): Promise<Program> {
  const settings = { DATABASE_URL: databaseUrl, LOG_LEVEL: 'error', DEADLINE_INTERVAL_MS: intervalMs };
  const worker = startProgram('workers/main.ts', { settings });
  await worker.line(/workers run/, { timeoutMs: 60_000 });
  return worker;
}

async function withClient<T>(databaseUrl: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
