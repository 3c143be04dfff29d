import { Redis } from 'ioredis';
import { createApp } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import { type Deps, type Overrides, openDeps } from '../../src/deps.ts';
import { listen, stopListening } from '../../src/http/listen.ts';
import { newKey } from '../../src/secrets/keys.ts';
import { startWorkers } from '../../workers/start.ts';
import { type DatabaseKind, databaseKinds, type FreshStore, freshStore } from './database.ts';
import { freePort } from './free-port.ts';
import { addOperator } from './operator.ts';

/** A hub that runs in the test's process, on a database of its own. */
export interface TestHub {
  readonly url: string;
  readonly fhir: string;
  readonly deps: Deps;
  close(): Promise<void>;
}

/** One that can be started again. */
export interface StartedHub extends TestHub {
  /** Stops it, and starts it on the same database with other settings: then that is the one to close. */
  restart(settings: Readonly<Record<string, string>>): Promise<StartedHub>;
}

export interface HubOptions extends Overrides {
  /** Settings beside the database's. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Whether deliveries are made; by default they are not, so that a test sees what a transaction left. */
  readonly workers?: boolean;
}

/** Tests ask more often than anybody: those of the limits set them. */
export const NO_LIMITS = {
  RATE_LIMIT_PROGRAM: '0',
  RATE_LIMIT_PERSON: '0',
  RATE_LIMIT_ADDRESS: '0',
  QUOTA_PROGRAM: '0',
  QUOTA_PERSON: '0',
};

/** Starts a hub on a fresh database, with a program of its own that the tests ask as. Close it in `afterEach` or `afterAll`. */
export async function startHub(kind: DatabaseKind, options: HubOptions = {}): Promise<StartedHub> {
  return startOn(await freshStore(kind), options);
}

async function startOn(database: FreshStore, options: HubOptions): Promise<StartedHub> {
  const { settings, workers, ...overrides } = options;
  const port = await freePort();
  const config = readConfig({
    PORT: String(port),
    LOG_LEVEL: 'silent',
    SWEEP_INTERVAL_MS: '200',
    // Ten years: servers of partners are asked when a test has it.
    FETCH_INTERVAL_MS: '315360000000',
    // Of no other use than in tests.
    SECRETS_KEYS: newKey(),
    ...settings,
    ...database.settings,
  });
  const deps = await openDeps(config, overrides);
  const { server, url } = await listen(createApp(deps), config);
  await addOperator(deps.db, url);
  const running = workers ? await startWorkers(deps, config.WORKERS) : undefined;
  const stop = async (): Promise<void> => {
    await stopListening(server);
    await running?.stop();
    await deps.close();
  };
  return {
    url,
    fhir: `${url}/fhir/R4`,
    deps,
    restart: async (changed) => {
      await stop();
      return startOn(database, { ...options, settings: { ...settings, ...changed } });
    },
    close: async () => {
      await stop();
      await database.remove();
    },
  };
}

/** A way to run the hub: which store, which queue. */
export interface Backend {
  readonly name: string;
  readonly store: DatabaseKind;
  /** An empty Redis database of this test worker's own. */
  readonly queueSettings: () => Promise<Record<string, string>>;
}

/** Every way this machine can run the hub; a test that concerns workers runs on all of them. */
export function backends(): Backend[] {
  const inProcess = databaseKinds().map((store) => ({
    name: `${store} store, in-process queue`,
    store,
    queueSettings: async () => ({}),
  }));
  const redis = process.env.TEST_REDIS_URL;
  if (!redis || !process.env.TEST_DATABASE_URL) return inProcess;
  return [
    ...inProcess,
    { name: 'server store, BullMQ on Redis', store: 'server', queueSettings: () => emptyRedis(redis) },
  ];
}

async function emptyRedis(server: string): Promise<Record<string, string>> {
  const url = `${server.replace(/\/\d*$/, '')}/${process.env.JEST_WORKER_ID ?? '1'}`;
  const redis = new Redis(url);
  await redis.flushdb();
  await redis.quit();
  return { REDIS_URL: url };
}
