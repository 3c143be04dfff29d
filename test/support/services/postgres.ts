import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '../free-port.ts';
import { findFolderWith, namesIn, pathFolders } from './find-program.ts';
import { type RunningServer, type SystemUser, startServer, unprivilegedUser } from './server-process.ts';
import type { Service } from './service.ts';

const DEBIAN_VERSIONS = '/usr/lib/postgresql';
const USER = 'careloop';

type Settings = Readonly<Record<string, string | number>>;

/** A PostgreSQL server with an empty data folder, on a free port of the loopback address. */
export const postgres: Service = postgresWith({
  // Only here: what the tests write need not outlive the machine.
  fsync: 'off',
  full_page_writes: 'off',
});

/** The same with settings of one's own. */
export function postgresWith(settings: Settings): Service {
  return {
    name: 'PostgreSQL',
    covers: 'the store on a PostgreSQL server',
    variable: 'TEST_DATABASE_URL',
    debianPackage: 'postgresql',
    find: () => findFolderWith(['initdb', 'postgres'], [...debianFolders(), ...pathFolders()]),
    start: (binaries, parent, stop) => startPostgres(binaries, parent, stop, settings),
  };
}

function debianFolders(): string[] {
  const versions = namesIn(DEBIAN_VERSIONS).sort((left, right) => Number(right) - Number(left));
  return versions.map((version) => join(DEBIAN_VERSIONS, version, 'bin'));
}

async function startPostgres(
  binaries: string,
  parent: string,
  stop: AbortSignal,
  own: Settings,
): Promise<RunningServer & { address: string }> {
  const user = unprivilegedUser('postgres', 'nobody');
  const folder = join(parent, 'postgres');
  const password = randomBytes(12).toString('hex');
  await initialise(binaries, { folder, user, password, stop });
  const port = await freePort();
  const server = await startServer({
    program: join(binaries, 'postgres'),
    args: ['-D', join(folder, 'data'), ...settings(port, own)],
    folder,
    user,
    ready: /database system is ready to accept connections/,
    stopSignal: 'SIGINT',
  });
  return { ...server, address: `postgres://${USER}:${password}@127.0.0.1:${port}/postgres` };
}

interface Initialise {
  readonly folder: string;
  readonly user: SystemUser | undefined;
  readonly password: string;
  readonly stop: AbortSignal;
}

async function initialise(binaries: string, { folder, user, password, stop }: Initialise): Promise<void> {
  const passwordFile = join(folder, 'password');
  await mkdir(folder, { mode: 0o700 });
  await writeFile(passwordFile, password);
  if (user) await Promise.all([folder, passwordFile].map((path) => chown(path, user.uid, user.gid)));
  const locale = process.platform === 'darwin' ? 'en_US.UTF-8' : 'C.UTF-8';
  const access = ['--username', USER, '--pwfile', passwordFile, '--auth', 'scram-sha-256'];
  await promisify(execFile)(
    join(binaries, 'initdb'),
    ['-D', join(folder, 'data'), '--no-sync', '--encoding', 'UTF8', '--locale', locale, ...access],
    { cwd: folder, signal: stop, ...user },
  );
}

function settings(port: number, own: Settings): string[] {
  const values = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: 400,
    ...own,
  };
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}
