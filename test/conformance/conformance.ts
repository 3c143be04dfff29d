import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type OwnHub, startOwnHub } from '../partners/hub/own-hub.ts';
import { mailServer } from '../support/mail-server.ts';
import { type Options, readOptions } from './options.ts';
import { count } from './report/count.ts';
import { asMarkdown, type Section } from './report/markdown.ts';
import { checkAll } from './run.ts';
import { openServer, type Target } from './server/open-server.ts';
import { readProgram, registerProgram, registrarAt } from './smart/register.ts';
import { isPublished, NOT_PUBLISHED, PUBLISHED } from './sources/published.ts';
import { readSources } from './sources/requirements.ts';

/**
 * `npm run conformance`: asks a server for everything the published guides ask of one, and writes what came of it into
 * docs/conformance.md. With `--base URL` another server than a hub of its own; then nothing is written but the answer.
 */
const REPORT = fileURLToPath(new URL('../../docs/conformance.md', import.meta.url));

/** Short waits, so that a partner that fails is given up while somebody looks. */
const WAITS = { RETRY_SCHEDULE_MS: '100,200,400', DELIVERY_TIMEOUT_MS: '5000', SWEEP_INTERVAL_MS: '200' };

/** A hub in use is given the profiles of the guides it follows. */
const PROFILES = ['sdohcc/definitions', 'us-core-7'].map((folder) => join(PUBLISHED, folder)).join(',');

const FAILED = 1;
const CANNOT = 2;

async function run(options: Options): Promise<number> {
  if (!isPublished()) {
    console.error(NOT_PUBLISHED);
    return CANNOT;
  }
  const started = performance.now();
  const mail = options.base ? undefined : await mailServer();
  const settings = {
    ...WAITS,
    PROFILES_DIR: PROFILES,
    ...(mail && { SMTP_URL: mail.url, MAIL_FROM: 'hub@careloop.example' }),
  };
  const hub = options.base ? undefined : await startOwnHub({ workers: 1, settings });
  try {
    const base = options.base ?? `${hub?.url}/fhir/R4`;
    if (hub) console.error(`A hub runs on ${hub.store}.`);
    const sections = await examine(await targetOf(base, options, hub));
    if (hub) await writeFile(REPORT, asMarkdown(sections));
    return tell(sections, options, Math.round((performance.now() - started) / 1_000));
  } finally {
    await hub?.close();
    await mail?.close();
  }
}

async function targetOf(base: string, { token, program }: Options, hub: OwnHub | undefined): Promise<Target> {
  if (hub) {
    const registrar = registrarAt(hub.administrator);
    return { base, token: hub.operator.get, registrar, program: await registerProgram(registrar) };
  }
  return {
    base,
    token: token ? async () => token : undefined,
    program: program && (await readProgram(program.clientId, program.keyFile)),
  };
}

async function examine(target: Target): Promise<Section[]> {
  const sources = readSources();
  const server = openServer(target);
  try {
    await server.check((each) => each.call('GET', 'metadata')).catch(() => unreachable(target));
    const requirements = sources.flatMap((source) => source.requirements);
    const rows = await checkAll(server, requirements, showProgress);
    const byId = new Map(rows.map((row) => [row.id, row]));
    return sources.map(({ name, requirements: own }) => ({ name, rows: own.flatMap(({ id }) => byId.get(id) ?? []) }));
  } finally {
    await server.close();
  }
}

function unreachable({ base }: Target): never {
  throw new Error(`There is no answer from ${base}. Is it the address of a FHIR API, and does the server run?`);
}

function showProgress(done: number, all: number): void {
  if (done % 50 === 0 || done === all) console.error(`${done} of ${all} checks done`);
}

function tell(sections: readonly Section[], { json, base }: Options, seconds: number): number {
  const rows = sections.flatMap((section) => section.rows);
  const { passed, failed, notApplicable } = count(rows);
  if (json) console.log(JSON.stringify({ passed, failed, notApplicable, rows }));
  for (const { id, verb, reason, result } of rows)
    if (result === 'fail' && !json) console.log(`${id} (${verb}): ${reason}`);
  const where = base ? '' : ' docs/conformance.md has been written.';
  const summary = `${passed} passed, ${failed} failed, ${notApplicable} not applicable, in ${seconds} s.${where}`;
  (json ? console.error : console.log)(summary);
  return failed > 0 ? FAILED : 0;
}

function optionsOrExplain(): Options {
  try {
    return readOptions();
  } catch (thrown) {
    console.error(thrown instanceof Error ? thrown.message : thrown);
    process.exit(CANNOT);
  }
}

process.exitCode = await run(optionsOrExplain()).catch((thrown: unknown) => {
  console.error(thrown instanceof Error ? thrown.message : thrown);
  return CANNOT;
});
