import { Redis } from 'ioredis';

/** A numbered database of a Redis server that was empty, for one run. */
export interface RunRedis {
  readonly url: string;
  /** Removes what the run left in it. */
  clear(): Promise<void>;
}

const MOST_DATABASES = 16;
const QUEUE_KEYS = 'bull:careloop:*';

/**
 * Finds an empty database on the server: two hubs on one queue would take each other's jobs.
 * @throws Error when every one is in use
 */
export async function findEmptyRedis(serverUrl: string): Promise<RunRedis> {
  for (let number = MOST_DATABASES - 1; number >= 0; number -= 1) {
    const url = new URL(serverUrl);
    url.pathname = `/${number}`;
    if (await isEmpty(url.href)) return { url: url.href, clear: () => clear(url.href) };
  }
  throw new Error(
    `Every database of the Redis server has something in it. Set REDIS_URL to one with an empty database, or leave it out.`,
  );
}

async function isEmpty(url: string): Promise<boolean> {
  return withRedis(url, async (redis) => (await redis.dbsize()) === 0).catch((thrown: unknown) => {
    // A server may have fewer databases than the stock sixteen.
    if (thrown instanceof Error && /DB index is out of range/i.test(thrown.message)) return false;
    throw thrown;
  });
}

async function clear(url: string): Promise<void> {
  await withRedis(url, async (redis) => {
    const keys = await redis.keys(QUEUE_KEYS);
    if (keys.length > 0) await redis.del(keys);
  });
}

async function withRedis<T>(url: string, work: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(url, { lazyConnect: true, maxRetriesPerRequest: 1, retryStrategy: () => null });
  redis.on('error', () => undefined);
  try {
    await redis.connect();
    return await work(redis);
  } finally {
    redis.disconnect();
  }
}
