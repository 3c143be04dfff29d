import { randomBytes } from 'node:crypto';
import { chmod, mkdir, mkdtemp, rm, statfs } from 'node:fs/promises';
import { constants, freemem, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type JestResult, runJest, toLine } from './run-jest.ts';
import { startServices } from './services/start-services.ts';

const MEMORY = '/dev/shm';
/** As statfs(2) numbers it. */
const TMPFS = 0x01021994;
/** Several times what a whole run leaves at its fullest. */
const ROOM_BYTES = 8 * 1024 ** 3;

/**
 * `npm test`: starts a PostgreSQL server, a Redis server and finds Chromium, runs jest against them, and leaves nothing
 * behind. Arguments go to jest. `TEST_DATABASE_URL`, `TEST_REDIS_URL` and `TEST_CHROMIUM` hand in what already runs.
 */
async function main(args: readonly string[]): Promise<number> {
  const stop = stopOnSignal();
  const undo: Undo = [];
  try {
    const result = await runTests(args, stop, undo);
    if (stop.aborted) return exitCodeOf(stop.reason);
    console.log(toLine(result.counts));
    const executed = result.counts.passed + result.counts.failed;
    return executed === 0 ? 1 : result.exitCode;
  } catch (thrown) {
    if (stop.aborted) return exitCodeOf(stop.reason);
    console.error(thrown instanceof Error ? thrown.message : thrown);
    return 1;
  } finally {
    await undoAll(undo);
  }
}

/** Last first; one that fails must not keep the others from being done. */
async function undoAll(undo: Undo): Promise<void> {
  for (const step of undo.reverse()) {
    await step().catch((thrown: unknown) => console.error('Not tidied up:', thrown));
  }
}

type Undo = (() => Promise<void>)[];

async function runTests(args: readonly string[], stop: AbortSignal, undo: Undo): Promise<JestResult> {
  const folder = await makeFolder(undo);
  const run = randomBytes(4).toString('hex');
  const services = await startServices({
    folder,
    required: isSet('CI') || isSet('REQUIRE_SERVICES'),
    stop,
    onStarted: (end) => undo.push(end),
  });
  dropDatabasesOfAHandedInServer(run, undo);
  stop.throwIfAborted();
  const environment = { ...services, TEST_TMP: folder, TEST_RUN: run, TMPDIR: join(folder, 'tmp') };
  return runJest({ args, environment, folder, stop });
}

async function makeFolder(undo: Undo): Promise<string> {
  const folder = await mkdtemp(join(await roomyFolder(), 'careloop-test-'));
  undo.push(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  // The servers run as another user and must reach their own folders in here.
  await chmod(folder, 0o711);
  await mkdir(join(folder, 'tmp'));
  return folder;
}

/** Each file's databases are made and thrown away: where memory can hold them, no disk is asked. */
async function roomyFolder(): Promise<string> {
  const { type, bsize, bavail } = await statfs(MEMORY).catch(() => ({ type: 0, bsize: 0, bavail: 0 }));
  const room = Math.min(bsize * bavail, freemem());
  return type === TMPFS && room >= ROOM_BYTES ? MEMORY : tmpdir();
}

function dropDatabasesOfAHandedInServer(run: string, undo: Undo): void {
  const url = process.env.TEST_DATABASE_URL;
  if (!url) return;
  undo.push(async () => {
    const { dropLeftoverDatabases } = await import('./services/leftover-databases.ts');
    await dropLeftoverDatabases(url, run);
  });
}

function isSet(variable: string): boolean {
  return !['', '0', 'false', undefined].includes(process.env[variable]);
}

function stopOnSignal(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort(signal));
  return stop.signal;
}

function exitCodeOf(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal];
}

process.exitCode = await main(process.argv.slice(2));
