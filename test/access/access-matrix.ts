import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { createApp } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import { openDeps } from '../../src/deps.ts';
import { listen, stopListening } from '../../src/http/listen.ts';
import { startWorkers } from '../../workers/start.ts';
import { freePort } from '../support/free-port.ts';
import { NO_LIMITS, type TestHub } from '../support/hub.ts';
import { addOperator } from '../support/operator.ts';
import { guardedPolicy, plotsOf } from './guarded/stories.ts';
import { walkGuardedOn } from './guarded/walk-on.ts';
import { walkMatrix } from './matrix/matrix.ts';
import { walkPeople } from './matrix/personas.ts';
import { sumOf, type Verdicts } from './matrix/tally.ts';
import { addOrganizations, tellStories } from './network/stories.ts';
import { MAILS_NOWHERE } from './people/visitor.ts';

/**
 * `npm run access-matrix -- [--loops 200] [--thorough] [--json]`: walks organization and role × resource × interaction × route on a hub of
 * its own, and label × what a client says × organization and role × route on another; thorough: every interaction at every
 * resource. Each of the two by a process of its own, at the same time. Exit code 1 when something is shown or kept that should not be.
 */
async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      loops: { type: 'string', default: '200' },
      json: { type: 'boolean' },
      thorough: { type: 'boolean', default: false },
      part: { type: 'string' },
    },
  });
  const { thorough, part } = values;
  const loops = Number(values.loops);
  if (part) {
    console.log(JSON.stringify(await PARTS[part as keyof typeof PARTS]({ loops, thorough })));
    return 0;
  }
  const [shared, guarded] = await Promise.all([byItself('shared'), byItself('guarded')]);
  const { faults, ...verdicts } = sumOf(shared, guarded);
  console.log(values.json ? JSON.stringify(verdicts) : [...faults, JSON.stringify(verdicts)].join('\n'));
  return verdicts.leaks + verdicts.wrongDenials === 0 ? 0 : 1;
}

/** Of where a label stands, who is asked and how. */
const ALL_TURNS = 6;

interface Extent {
  readonly loops: number;
  readonly thorough: boolean;
}

const PARTS = {
  shared: ({ loops, thorough }: Extent): Promise<Verdicts> =>
    onHubOfItsOwn(async (hub) => {
      const network = await addOrganizations(hub);
      await tellStories(hub, network, loops);
      return sumOf(await walkMatrix(hub, network, thorough), await walkPeople(hub, network));
    }),
  guarded: ({ thorough }: Extent): Promise<Verdicts> => {
    const plots = plotsOf(thorough ? ALL_TURNS : 1);
    return onHubOfItsOwn((hub) => walkGuardedOn(hub, { plots, thorough }));
  },
} as const;

/** What a part finds, in a process that is asked as this one was. */
async function byItself(part: keyof typeof PARTS): Promise<Verdicts> {
  const args = [import.meta.filename, ...process.argv.slice(2).filter((each) => each !== '--json'), '--part', part];
  const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: Number.POSITIVE_INFINITY });
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Verdicts;
}

/** With an embedded store that is removed afterwards. */
async function onHubOfItsOwn(walk: (hub: TestHub) => Promise<Verdicts>): Promise<Verdicts> {
  const folder = await mkdtemp(join(tmpdir(), 'careloop-matrix-'));
  const policy = join(folder, 'consent.json');
  await writeFile(policy, guardedPolicy());
  const config = readConfig({
    PORT: String(await freePort()),
    LOG_LEVEL: 'silent',
    DATA_DIR: join(folder, 'data'),
    CONSENT_POLICY: policy,
    PASSWORD_COST: '14',
    ...MAILS_NOWHERE,
    ...NO_LIMITS,
  });
  const deps = await openDeps(config);
  const { server, url } = await listen(createApp(deps), config);
  await addOperator(deps.db, url);
  const workers = await startWorkers(deps, config.WORKERS);
  try {
    return await walk({ url, fhir: `${url}/fhir/R4`, deps, close: async () => undefined });
  } finally {
    await stopListening(server);
    await workers.stop();
    await deps.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

process.exitCode = await main();
