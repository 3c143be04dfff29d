import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRunDatabase } from '../../test/partners/hub/run-database.ts';
import { freePort } from '../../test/support/free-port.ts';
import { startProgram } from '../../test/support/processes.ts';
import { postgresWith } from '../../test/support/services/postgres.ts';

/** As on a machine of its own with a few gigabytes, and durable: a commit is on the disk. */
const SETTINGS = { shared_buffers: '2GB', max_wal_size: '8GB', checkpoint_timeout: '15min', jit: 'off' };

export interface Servers {
  /** A database of this run's own. */
  readonly databaseUrl: string;
  /** Where the hub is. */
  readonly hub: string;
  /** Where express is, with an echo and an insert. */
  readonly beside: string;
  stop(): Promise<void>;
}

/**
 * Starts what is measured, each in a process of its own: a PostgreSQL server (unless DATABASE_URL hands one in), the
 * hub's API as `npm run start:api` runs it, and what stands beside it.
 * @param processes how many of the hub answer
 */
export async function startServers(processes: number, stop: AbortSignal): Promise<Servers> {
  const undo: (() => Promise<unknown>)[] = [];
  const stopAll = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    const database = await createRunDatabase(process.env.DATABASE_URL || (await startPostgres(stop, undo)));
    undo.push(() => database.drop());
    const DATABASE_URL = database.url;
    const hub = await start('src/main.ts', { DATABASE_URL, LOG_LEVEL: 'info', API_PROCESSES: String(processes) }, undo);
    const beside = await start('bench/fhir/beside.ts', { DATABASE_URL }, undo);
    return { databaseUrl: database.url, hub, beside, stop: stopAll };
  } catch (thrown) {
    await stopAll();
    throw thrown;
  }
}

async function start(
  script: string,
  settings: Readonly<Record<string, string>>,
  undo: (() => Promise<unknown>)[],
): Promise<string> {
  const port = await freePort();
  const program = startProgram(script, { settings: { ...settings, PORT: String(port) } });
  undo.push(() => program.stop());
  await program.line(/listens/, { timeoutMs: 60_000 });
  return `http://127.0.0.1:${port}`;
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
