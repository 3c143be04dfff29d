import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Services } from '../partners/hub/own-hub.ts';
import { postgres } from '../support/services/postgres.ts';
import { redis } from '../support/services/redis.ts';
import type { Service } from '../support/services/service.ts';

/** The servers of a run: those handed in by DATABASE_URL and REDIS_URL, else started for it when they are installed. */
export interface RunServices extends Services {
  stop(): Promise<void>;
}

export async function findServices(stop: AbortSignal): Promise<RunServices> {
  const { DATABASE_URL, REDIS_URL } = process.env;
  const undo: (() => Promise<void>)[] = [];
  const stopAll = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    const folder = await makeFolder(undo);
    const databaseUrl = DATABASE_URL || (await start(postgres, folder, stop, undo));
    const redisUrl = REDIS_URL || (await start(redis, folder, stop, undo));
    return { databaseUrl, redisUrl: databaseUrl ? redisUrl : undefined, stop: stopAll };
  } catch (thrown) {
    await stopAll();
    throw thrown;
  }
}

async function makeFolder(undo: (() => Promise<void>)[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'careloop-chaos-'));
  undo.push(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  // The servers run as another user and must reach their own folders in here.
  await chmod(folder, 0o711);
  return folder;
}

async function start(
  service: Service,
  folder: string,
  stop: AbortSignal,
  undo: (() => Promise<void>)[],
): Promise<string | undefined> {
  const found = service.find();
  if (!found) return undefined;
  const running = await service.start(found, folder, stop);
  undo.push(() => running.stop());
  return running.address;
}
