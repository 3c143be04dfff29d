import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const NODE_OPTIONS = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
const GRACE_MS = 5_000;

export interface JestRequest {
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly folder: string;
  readonly stop: AbortSignal;
}

export interface JestResult {
  readonly exitCode: number;
  readonly counts: Counts;
}

interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Runs jest in a process group of its own, and ends whatever its tests left running in that group. */
export async function runJest({ args, environment, folder, stop }: JestRequest): Promise<JestResult> {
  const results = join(folder, 'jest.json');
  const jest = createRequire(import.meta.url).resolve('jest/bin/jest');
  const child = spawn(process.execPath, [...NODE_OPTIONS, jest, '--json', `--outputFile=${results}`, ...args], {
    stdio: 'inherit',
    env: { ...process.env, ...environment },
    detached: true,
  });
  const group = child.pid === undefined ? undefined : -child.pid;
  const cancel = (): void => interrupt(group, stop.reason);
  stop.addEventListener('abort', cancel);
  const [code] = await once(child, 'exit');
  stop.removeEventListener('abort', cancel);
  signalGroup(group, 'SIGKILL');
  return { exitCode: code ?? 1, counts: await readCounts(results) };
}

function interrupt(group: number | undefined, signal: NodeJS.Signals): void {
  signalGroup(group, signal);
  setTimeout(() => signalGroup(group, 'SIGKILL'), GRACE_MS).unref();
}

function signalGroup(group: number | undefined, signal: NodeJS.Signals): void {
  if (group === undefined) return;
  try {
    process.kill(group, signal);
  } catch (thrown) {
    // The group ended by itself.
    if ((thrown as NodeJS.ErrnoException).code !== 'ESRCH') throw thrown;
  }
}

interface JestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  /** Files that could not be run at all: none of their tests is in the other numbers. */
  readonly numRuntimeErrorTestSuites: number;
}

async function readCounts(file: string): Promise<Counts> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return { passed: 0, failed: 0, skipped: 0 };
  const report = JSON.parse(text) as JestReport;
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + report.numRuntimeErrorTestSuites,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

export function toLine({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}
