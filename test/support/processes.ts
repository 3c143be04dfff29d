import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type LineOptions, readOutput } from './program-output.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const STOP_MS = 10_000;

export interface ProgramOptions {
  readonly settings?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
}

/** A program of this project, running as a process of its own. */
export interface Program {
  readonly pid: number;
  stdout(): string;
  stderr(): string;
  /** Waits for a line that matches, of standard output unless told otherwise; lines already printed count. */
  line(pattern: RegExp, options?: LineOptions): Promise<RegExpMatchArray>;
  /** Waits until it ends by itself. @returns its exit code, or the signal that ended it */
  ended(): Promise<number | NodeJS.Signals>;
  /** Asks it to end (SIGTERM), and ends it if it does not within ten seconds. */
  stop(): Promise<number | NodeJS.Signals>;
  /** Ends it at once (`kill -9`). */
  kill(): Promise<void>;
}

const running = new Set<Program>();

/** Starts e.g. `src/main.ts`. It sees the given settings, and of this process's environment only where things are. */
export function startProgram(script: string, { settings = {}, args = [] }: ProgramOptions = {}): Program {
  const { PATH, HOME, TMPDIR } = process.env;
  const child = spawn(process.execPath, [script, ...args], {
    cwd: ROOT,
    env: { PATH, HOME, TMPDIR, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = readOutput(child, script);
  const program: Program = {
    pid: child.pid ?? 0,
    stdout: () => output.text('stdout'),
    stderr: () => output.text('stderr'),
    line: output.line,
    ended: () => ended(child),
    stop: () => stop(child),
    kill: async () => {
      child.kill('SIGKILL');
      await ended(child);
    },
  };
  running.add(program);
  child.once('exit', () => running.delete(program));
  return program;
}

/** For `afterEach`: ends what a test left running, whether it passed or not. */
export async function killPrograms(): Promise<void> {
  await Promise.all([...running].map((program) => program.kill()));
}

async function ended(child: ChildProcess): Promise<number | NodeJS.Signals> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'close');
  return child.exitCode ?? child.signalCode ?? 'SIGKILL';
}

async function stop(child: ChildProcess): Promise<number | NodeJS.Signals> {
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  return ended(child).finally(() => clearTimeout(timer));
}
