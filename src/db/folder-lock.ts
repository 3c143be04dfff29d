import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '../errors.ts';

/**
 * Takes a folder for this process alone, by a file that names the process.
 * A lock left by a process that is gone (a crash, a `kill -9`) is taken over.
 * @returns a function that gives the folder back
 * @throws AppError when a running process holds it
 */
export function lockFolder(folder: string): () => void {
  const file = join(folder, 'lock.pid');
  if (!tryTake(file)) {
    const holder = readHolder(file);
    if (holder !== undefined && isRunning(holder)) throw held(folder, holder);
    rmSync(file, { force: true });
    if (!tryTake(file)) throw held(folder, readHolder(file));
  }
  return () => rmSync(file, { force: true });
}

function held(folder: string, holder: number | undefined): AppError {
  return new AppError(
    'conflict',
    'store.folder-in-use',
    `The data folder ${folder} is in use by process ${holder ?? 'another'}. Stop that one, or start this one with another DATA_DIR.`,
  );
}

function tryTake(file: string): boolean {
  try {
    const descriptor = openSync(file, 'wx');
    writeSync(descriptor, `${process.pid} ${startTime(process.pid) ?? ''}`);
    closeSync(descriptor);
    return true;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw thrown;
  }
}

function readHolder(file: string): number | undefined {
  const [pid, started] = read(file).split(' ');
  const holder = Number.parseInt(pid ?? '', 10);
  if (!Number.isInteger(holder)) return undefined;
  // The number of a process that ended is given again, in a container often to the very next start.
  return started && startTime(holder) !== started ? undefined : holder;
}

/** When a process started, in the kernel's own count, where the system tells (Linux). */
function startTime(pid: number): string | undefined {
  const stat = read(`/proc/${pid}/stat`);
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function isRunning(pid: number): boolean {
  if (pid === process.pid) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === 'EPERM';
  }
}
