import { once } from 'node:events';
import { Redis } from 'ioredis';
import { z } from 'zod';

/** The queue every outbox message goes through. */
export const QUEUE = 'careloop';

/** A job: ids and a kind, never a body. */
export const jobSchema = z.strictObject({ v: z.literal(1), outboxId: z.uuid(), subjectId: z.uuid(), relays: z.int() });

/**
 * Every job runs once: the retry schedule is PostgreSQL's. A job that a dead worker held is run again as often as it
 * takes, since running it twice is harmless.
 */
export const JOB_OPTIONS = { attempts: 1, removeOnComplete: true, removeOnFail: true } as const;
export const STALLED_OPTIONS = { stalledInterval: 5_000, maxStalledCount: 1_000, lockDuration: 30_000 } as const;

/** A connection for adding jobs: it fails fast, so that what cannot be added stays due in the outbox. */
export function producerConnection(url: string): Redis {
  return quiet(new Redis(url, { maxRetriesPerRequest: 1, enableOfflineQueue: false }));
}

/** A connection for taking jobs: it waits for Redis to come back. */
export function workerConnection(url: string): Redis {
  return quiet(new Redis(url, { maxRetriesPerRequest: null }));
}

function quiet(redis: Redis): Redis {
  // Connection errors are seen where a command fails; unheard they would end the process.
  redis.on('error', () => undefined);
  return redis;
}

const FIRST_CONTACT_MS = 2_000;

/** Waits until Redis answers for the first time, but not for long: without it the outbox simply stays due. */
export async function firstContact(redis: Redis): Promise<void> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), FIRST_CONTACT_MS);
  await once(redis, 'ready', { signal: late.signal }).catch(() => undefined);
  clearTimeout(timer);
}
