import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openPool } from '../../src/db/pool.ts';
import { createRunDatabase } from '../../test/partners/hub/run-database.ts';
import { freePort } from '../../test/support/free-port.ts';
import { addOperator } from '../../test/support/operator.ts';
import { startProgram } from '../../test/support/processes.ts';
import { postgresWith } from '../../test/support/services/postgres.ts';
import type { BenchOptions } from '../options.ts';

/** As on a machine of its own with a few gigabytes, and durable: a commit is on the disk. */
const SETTINGS = { shared_buffers: '2GB', max_wal_size: '8GB', checkpoint_timeout: '15min', jit: 'off' };

/** What is asked is counted, as ever, and never too much. */
const FAR_LIMITS = { RATE_LIMIT_PROGRAM: '1000000000', QUOTA_PROGRAM: '1000000000' };

export interface Servers {
  /** A database of this run's own. */
  readonly databaseUrl: string;
  /** Where the hub is. */
  readonly hub: string;
  /** Where a hub on the same store is that asks nobody what they may see; as `hub` where that is not measured. */
  readonly unbounded: string;
  /** Where express is, with an echo and an insert. */
  readonly beside: string;
  /** Starts the hub anew where it was: what it knows of the store is read as it is now. */
  restartHub(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Starts what is measured, each in a process of its own: a PostgreSQL server (unless DATABASE_URL hands one in), the
 * hub's API as `npm run start:api` runs it, and what stands beside it.
 * @param processes how many of the hub answer
 */
export async function startServers(
  { processes, visibility }: Pick<BenchOptions, 'processes' | 'visibility'>,
  stop: AbortSignal,
): Promise<Servers> {
  const undo: (() => Promise<unknown>)[] = [];
  const stopAll = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    const database = await createRunDatabase(process.env.DATABASE_URL || (await startPostgres(stop, undo)));
    undo.push(() => database.drop());
    const DATABASE_URL = database.url;
    const settings = { DATABASE_URL, LOG_LEVEL: 'info', API_PROCESSES: String(processes), ...FAR_LIMITS };
    let hub = await startHubs(settings, visibility);
    undo.push(() => hub.stop());
    const db = await openPool(DATABASE_URL);
    await addOperator(db, hub.url).finally(() => db.close());
    const beside = await start('bench/fhir/beside.ts', { DATABASE_URL });
    undo.push(beside.stop);
    return {
      databaseUrl: database.url,
      hub: hub.url,
      unbounded: hub.unbounded,
      beside: beside.url,
      restartHub: async () => {
        await hub.stop();
        hub = await startHubs(settings, visibility, hub);
      },
      stop: stopAll,
    };
  } catch (thrown) {
    await stopAll();
    throw thrown;
  }
}

const WITHOUT_VISIBILITY = { NODE_OPTIONS: `--import ${new URL('without-visibility.ts', import.meta.url).href}` };

interface Hubs {
  readonly url: string;
  readonly unbounded: string;
  stop(): Promise<unknown>;
}

/** @param where they were before, where they are started anew */
async function startHubs(settings: Readonly<Record<string, string>>, both: boolean, where?: Hubs): Promise<Hubs> {
  const hub = await start('src/main.ts', settings, portOf(where?.url));
  if (!both) return { url: hub.url, unbounded: hub.url, stop: hub.stop };
  const other = await start('src/main.ts', { ...settings, ...WITHOUT_VISIBILITY }, portOf(where?.unbounded));
  return { url: hub.url, unbounded: other.url, stop: () => Promise.all([hub.stop(), other.stop()]) };
}

function portOf(url: string | undefined): number | undefined {
  return url === undefined ? undefined : Number(new URL(url).port);
}

async function start(
  script: string,
  settings: Readonly<Record<string, string>>,
  wanted?: number,
): Promise<{ readonly url: string; stop(): Promise<unknown> }> {
  const port = wanted ?? (await freePort());
  const program = startProgram(script, { settings: { ...settings, PORT: String(port) } });
  await program.line(/listens/, { timeoutMs: 60_000 });
  return { url: `http://127.0.0.1:${port}`, stop: () => program.stop() };
}

async function startPostgres(stop: AbortSignal, undo: (() => Promise<unknown>)[]): Promise<string> {
  const service = postgresWith(SETTINGS);
  const found = service.find();
  if (!found) throw new Error(`${service.name} is not here: install ${service.debianPackage}, or set DATABASE_URL.`);
  const folder = await mkdtemp(join(tmpdir(), 'careloop-bench-'));
  undo.push(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  // The server runs as another user and must reach its own folder in here.
  await chmod(folder, 0o711);
  const server = await service.start(found, folder, stop);
  undo.push(() => server.stop());
  return server.address;
}
