import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';

export interface ServerCommand {
  readonly program: string;
  readonly args: readonly string[];
  readonly folder: string;
  readonly user: SystemUser | undefined;
  /** What the server prints when it takes connections. */
  readonly ready: RegExp;
  readonly stopSignal: NodeJS.Signals;
}

export interface SystemUser {
  readonly uid: number;
  readonly gid: number;
}

export interface RunningServer {
  stop(): Promise<void>;
}

const READY_MS = 30_000;
const STOP_MS = 5_000;

/**
 * Starts a server and waits until it takes connections.
 * @throws Error with the end of its output when it ends or stays silent instead
 */
export async function startServer(command: ServerCommand): Promise<RunningServer> {
  const child = spawn(command.program, command.args, {
    ...command.user,
    cwd: command.folder,
    env: { PATH: process.env.PATH, LC_ALL: 'C' },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own: Ctrl-C reaches run-tests.ts, which stops the servers after the tests.
    detached: true,
  });
  try {
    await isReady(child, command);
  } catch (thrown) {
    await stop(child, 'SIGKILL');
    throw thrown;
  }
  return { stop: () => stop(child, command.stopSignal) };
}

async function isReady(child: ChildProcess, command: ServerCommand): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let output = '';
  const fail = (what: string): void => reject(new Error(`${command.program} ${what}: ${output.trim().slice(-600)}`));
  const read = (chunk: Buffer): void => {
    if (command.ready.test(output)) return;
    output += chunk;
    if (command.ready.test(output)) resolve();
  };
  child.stdout?.on('data', read);
  child.stderr?.on('data', read);
  child.once('error', (error) => fail(error.message));
  child.once('exit', (code, signal) => fail(`ended with ${code ?? signal}`));
  const timer = setTimeout(() => fail(`was not ready after ${READY_MS} ms`), READY_MS);
  await promise.finally(() => clearTimeout(timer));
}

async function stop(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill(signal);
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  await ended;
  clearTimeout(timer);
}

/** The first of these system users, when we are root: servers are not run as root (PostgreSQL refuses to be). */
export function unprivilegedUser(...names: readonly string[]): SystemUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of names) {
    const uid = idOf('-u', name);
    const gid = idOf('-g', name);
    if (uid !== undefined && gid !== undefined) return { uid, gid };
  }
  throw new Error(`There is none of the system users ${names.join(', ')} to run a server as.`);
}

function idOf(which: '-u' | '-g', name: string): number | undefined {
  const { status, stdout } = spawnSync('id', [which, name], { encoding: 'utf8' });
  return status === 0 ? Number(stdout) : undefined;
}
