import cluster, { type Address, type Worker } from 'node:cluster';
import { once } from 'node:events';
import { type Config, ownAddress } from './config.ts';
import { onStopSignal } from './process.ts';

/** Whether this process only starts those that answer, and hands them connections. */
export function isCoordinator({ API_PROCESSES }: Config): boolean {
  return API_PROCESSES > 1 && cluster.isPrimary;
}

/** Whether this process is the only one that answers, or the first that was started: what is said once, it says. */
export function isFirst(): boolean {
  return (cluster.worker?.id ?? 1) === 1;
}

/**
 * Starts the processes that answer the API at one address, starts each again that ends, and stops them all when it is
 * told to stop. They share nothing but the database.
 * @returns the address, once all listen
 * @throws Error when one cannot start; it has said why
 * @see https://nodejs.org/api/cluster.html
 */
export async function runTogether(config: Config): Promise<string> {
  if (!config.DATABASE_URL) {
    throw new Error('API_PROCESSES above 1 needs DATABASE_URL: the embedded store is for one process.');
  }
  let isStopping = false;
  onStopSignal(async () => {
    isStopping = true;
    await stopAll();
  });
  // The first brings the database up to date for the others.
  const { port } = await startOne();
  await Promise.all(Array.from({ length: config.API_PROCESSES - 1 }, startOne));
  cluster.on('exit', () => {
    if (!isStopping) startOne().catch(endAll);
  });
  return ownAddress({ ...config, PORT: port });
}

/** Starts a process that answers. @returns where it listens @throws Error when it ends before it does */
function startOne(): Promise<Address> {
  const worker = cluster.fork();
  const { promise, resolve, reject } = Promise.withResolvers<Address>();
  worker.once('listening', resolve);
  worker.once('exit', () => reject(new Error('A process of the API ended as it started.')));
  return promise;
}

async function stopAll(): Promise<void> {
  await Promise.all(
    processes().map(async (worker) => {
      const ended = once(worker, 'exit');
      worker.process.kill('SIGTERM');
      await ended;
    }),
  );
}

/** None can be started: better to end, and be seen to have ended, than to answer with fewer and fewer. */
function endAll(thrown: unknown): void {
  console.error(thrown instanceof Error ? thrown.message : thrown);
  const end = (): never => process.exit(1);
  stopAll().then(end, end);
}

function processes(): Worker[] {
  return Object.values(cluster.workers ?? {}).flatMap((worker) => worker ?? []);
}
