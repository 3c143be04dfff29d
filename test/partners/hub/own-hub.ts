import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../support/free-port.ts';
import { type Program, startProgram } from '../../support/processes.ts';
import type { Tokens } from '../fhir/sign-in.ts';
import { type Administrator, addOperator, setUpHub } from './administrator.ts';
import { createRunDatabase } from './run-database.ts';
import { findEmptyRedis } from './run-redis.ts';

/** Where a hub of one's own keeps its data: without a server, in a folder. */
export interface Services {
  readonly databaseUrl?: string | undefined;
  readonly redisUrl?: string | undefined;
}

export interface OwnHubOptions extends Services {
  /** How many worker processes, where they are separate. */
  readonly workers: number;
  /** Settings beside the store's and the address. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** One process of a hub: all of it, the API, or one of the workers. */
export type Role = 'hub' | 'api' | `worker-${number}`;

/** A hub started for one run, with nothing in it; it leaves nothing behind. */
export interface OwnHub {
  readonly url: string;
  /** Who has set it up, by the link that its first start printed. */
  readonly administrator: Administrator;
  /** What a program of its own organization presents; it has a key of its own. */
  readonly operator: Tokens;
  /** What it keeps its data in, in words. */
  readonly store: string;
  readonly roles: readonly Role[];
  /** Ends a process at once (`kill -9`) and starts it again. */
  crash(role: Role): Promise<void>;
  /** Waits until a process says that it is up. */
  isUp(role: Role): Promise<void>;
  /** Stops it, and has the doctor look at what it leaves. @returns a line for each finding */
  examine(): Promise<string[]>;
  /** What its processes have logged. */
  logs(): string;
  close(): Promise<void>;
}

const SCRIPTS = {
  hub: { script: 'workers/all-in-one.ts', ready: /is ready/ },
  api: { script: 'src/main.ts', ready: /listens on/ },
  worker: { script: 'workers/main.ts', ready: /workers run/ },
} as const;

export async function startOwnHub(options: OwnHubOptions): Promise<OwnHub> {
  const undo: (() => Promise<void>)[] = [];
  try {
    const { settings, store } = await openStore(options, undo);
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const environment = { LOG_LEVEL: 'error', ...options.settings, ...settings, PORT: String(port), PUBLIC_URL: url };
    const roles = rolesFor(options);
    const processes = new Processes(environment);
    undo.push(() => processes.stop());
    // The first one brings the database up to date; the others find it so.
    for (const role of roles) await processes.start(role);
    const administrator = await setUpHub(await processes.setUpLink(roles[0] ?? 'hub'));
    return {
      url,
      administrator,
      operator: await addOperator(administrator, `${url}/fhir/R4`),
      store,
      roles,
      crash: (role) => processes.crash(role),
      isUp: (role) => processes.isUp(role),
      examine: () => processes.examine(),
      logs: () => processes.logs(),
      close: () => undoAll(undo),
    };
  } catch (thrown) {
    await undoAll(undo);
    throw thrown;
  }
}

function rolesFor({ databaseUrl, workers }: OwnHubOptions): Role[] {
  if (!databaseUrl) return ['hub'];
  return ['api', ...Array.from({ length: workers }, (_, at): Role => `worker-${at + 1}`)];
}

async function openStore(
  services: Services,
  undo: (() => Promise<void>)[],
): Promise<{ settings: Record<string, string>; store: string }> {
  if (!services.databaseUrl) {
    const folder = await mkdtemp(join(tmpdir(), 'careloop-run-'));
    undo.push(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
    return { settings: { DATA_DIR: join(folder, 'data') }, store: 'the embedded store' };
  }
  const database = await createRunDatabase(services.databaseUrl);
  undo.push(database.drop);
  if (!services.redisUrl) return { settings: { DATABASE_URL: database.url }, store: 'PostgreSQL' };
  const redis = await findEmptyRedis(services.redisUrl);
  undo.push(redis.clear);
  return { settings: { DATABASE_URL: database.url, REDIS_URL: redis.url }, store: 'PostgreSQL and Redis' };
}

/** The processes of one hub; one that is ended is started again under the same settings. */
class Processes {
  readonly #environment: Readonly<Record<string, string>>;
  readonly #running = new Map<Role, Program>();
  readonly #ended: string[] = [];
  #stopping = false;

  constructor(environment: Readonly<Record<string, string>>) {
    this.#environment = environment;
  }

  async start(role: Role): Promise<void> {
    this.#spawn(role);
    await this.isUp(role);
  }

  async crash(role: Role): Promise<void> {
    const program = this.#running.get(role);
    await program?.kill();
    this.#ended.push(program?.stderr() ?? '');
    if (!this.#stopping) this.#spawn(role);
  }

  async isUp(role: Role): Promise<void> {
    await this.#running.get(role)?.line(scriptOf(role).ready, { timeoutMs: 60_000 });
  }

  /** What the first start of a hub prints, for its first user. */
  async setUpLink(role: Role): Promise<string> {
    return (await this.#running.get(role)?.line(/^Set up this hub: (\S+)$/))?.[1] ?? '';
  }

  logs(): string {
    return [...this.#ended, ...[...this.#running.values()].map((program) => program.stderr())].join('');
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all([...this.#running.values()].map((program) => program.stop()));
  }

  async examine(): Promise<string[]> {
    await this.stop();
    const doctor = startProgram('src/cli.ts', { args: ['doctor', '--json'], settings: this.#environment });
    await doctor.ended();
    const { findings } = JSON.parse(doctor.stdout()) as {
      findings: { check: string; subject: string; says: string }[];
    };
    return findings.map(({ check, subject, says }) => `${check}: ${subject} ${says}`);
  }

  #spawn(role: Role): void {
    this.#running.set(role, startProgram(scriptOf(role).script, { settings: this.#environment }));
  }
}

function scriptOf(role: Role): (typeof SCRIPTS)[keyof typeof SCRIPTS] {
  return role === 'hub' || role === 'api' ? SCRIPTS[role] : SCRIPTS.worker;
}

async function undoAll(undo: (() => Promise<void>)[]): Promise<void> {
  for (const step of undo.splice(0).reverse()) {
    await step().catch((thrown: unknown) =>
      console.error('Not tidied up:', thrown instanceof Error ? thrown.message : thrown),
    );
  }
}
