import { chown, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../free-port.ts';
import { findOnPath } from './find-program.ts';
import { type RunningServer, startServer, unprivilegedUser } from './server-process.ts';
import type { Service } from './service.ts';

/** A Redis server that keeps nothing, on a free port of the loopback address. */
export const redis: Service = {
  name: 'Redis',
  covers: 'BullMQ on Redis',
  variable: 'TEST_REDIS_URL',
  debianPackage: 'redis-server',
  find: () => findOnPath('redis-server'),
  start: startRedis,
};

async function startRedis(program: string, parent: string): Promise<RunningServer & { address: string }> {
  const user = unprivilegedUser('redis', 'nobody');
  const folder = join(parent, 'redis');
  await mkdir(folder, { mode: 0o700 });
  if (user) await chown(folder, user.uid, user.gid);
  const port = await freePort();
  const server = await startServer({
    program,
    args: ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder, ...NOTHING_KEPT],
    folder,
    user,
    ready: /Ready to accept connections/,
    stopSignal: 'SIGTERM',
  });
  return { ...server, address: `redis://127.0.0.1:${port}` };
}

const NOTHING_KEPT = ['--save', '', '--appendonly', 'no', '--maxmemory-policy', 'noeviction'];
