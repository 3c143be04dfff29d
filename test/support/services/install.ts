import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { findOnPath } from './find-program.ts';

/** Whether this machine lets us install Debian packages: root, and apt-get is there. */
export function canInstall(): boolean {
  return process.getuid?.() === 0 && findOnPath('apt-get') !== undefined;
}

/** Installs Debian packages. @returns a sentence on what went wrong, or nothing */
export async function installPackages(packages: readonly string[], stop: AbortSignal): Promise<string | undefined> {
  console.log(`Installing ${packages.join(', ')} with apt-get (once on this machine)`);
  const steps = [['update'], ['install', '--yes', '--no-install-recommends', ...packages]];
  for (const step of steps) {
    const failure = await aptGet(step, stop);
    if (failure) return failure;
  }
  return undefined;
}

async function aptGet(step: readonly string[], stop: AbortSignal): Promise<string | undefined> {
  const child = spawn('apt-get', ['--quiet', '--quiet', ...step], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    signal: stop,
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk));
  const [code] = await once(child, 'close');
  return code === 0
    ? undefined
    : `apt-get ${step[0]} ended with ${code}: ${output.trim().split('\n').slice(-3).join(' ')}`;
}
