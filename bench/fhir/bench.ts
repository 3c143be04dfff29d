import { Client } from 'pg';
import { call } from '../../test/support/api.ts';
import type { BenchOptions } from '../options.ts';
import { KINDS, type Kind } from './kinds.ts';
import type { Driven } from './load/drive.ts';
import { type Load, startLoad } from './load/load.ts';
import { nextRequest, type World } from './load/requests.ts';
import { multiply } from './preload/multiply.ts';
import { type Template, writeTemplate } from './preload/template.ts';
import { type Measured, printJson, printTable, type Row, rowsOf } from './report.ts';
import { type Servers, startServers } from './servers.ts';
import { BOUNDED, type Bounded, boundedOf, type Pair } from './visibility.ts';

const CELL_SIZE = 10;
/** Something to read and to change is there also in a store called empty. */
const FEWEST_CELLS = 20;

/**
 * How fast resources are written, read and found, at several numbers of clients and resources in the store, beside
 * express with an insert, express with an echo, and bare commits. All take turns within each round, so that a noisy
 * machine is noisy for all of them; figures are medians of the rounds.
 */
export async function fhirBench(options: BenchOptions): Promise<void> {
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  const servers = await startServers(options, stop.signal);
  const load = startLoad();
  try {
    const measured = await measureAll(options, servers, load, stop.signal);
    if (options.json) printJson(measured, options);
    else printTable(measured, options);
  } finally {
    load.stop();
    await servers.stop();
  }
}

async function measureAll(options: BenchOptions, servers: Servers, load: Load, stop: AbortSignal): Promise<Measured> {
  const template = await prepare(servers);
  const kinds = KINDS.filter((kind) => options.only === undefined || options.only.includes(kind));
  const rows: Row[] = [];
  const bounded: Bounded[] = [];
  let filled = 0;
  for (const size of options.sizes) {
    const cells = Math.max(FEWEST_CELLS, Math.ceil(size / CELL_SIZE));
    const started = performance.now();
    if (cells > filled) await multiply(servers.databaseUrl, template, filled, cells);
    say(options, `${size} resources in the store after ${Math.round((performance.now() - started) / 1_000)} s`);
    if (cells > filled) await servers.restartHub();
    filled = Math.max(filled, cells);
    const at = { servers, load, template, world: { ...template, cells: filled } };
    for (const kind of kinds) await checkAnswer(at, kind);
    if (options.warmUp > 0)
      for (const kind of kinds) await measure(at, kind, Math.max(...options.clients), options.warmUp);
    for (const clients of options.clients) {
      stop.throwIfAborted();
      rows.push(...rowsOf({ size, clients }, await rounds(at, kinds, clients, options)));
      say(options, `${size} resources, ${clients} clients: measured`);
    }
    if (options.visibility) bounded.push(...(await hold(at, size, options)));
  }
  return { rows, bounded };
}

/** The same of the hub and of one without the clause of visibility, in turn. */
async function hold(
  at: At,
  size: number,
  { clients, rounds: count, seconds, warmUp }: BenchOptions,
): Promise<Bounded[]> {
  const without = { ...at, servers: { ...at.servers, hub: at.servers.unbounded } };
  const most = Math.max(...clients);
  const held: Bounded[] = [];
  for (const kind of BOUNDED) {
    const pairs: Pair[] = [];
    if (warmUp > 0) await measure(without, kind, most, warmUp);
    for (let round = 0; round < count; round += 1) {
      pairs.push([await measure(at, kind, most, seconds), await measure(without, kind, most, seconds)]);
    }
    held.push(boundedOf(size, kind, pairs));
  }
  return held;
}

/** In what is measured. */
interface At {
  readonly servers: Servers;
  readonly load: Load;
  readonly template: Template;
  readonly world: World;
}

async function prepare({ databaseUrl, hub }: Servers): Promise<Template> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query('CREATE TABLE bench_row (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body json NOT NULL)');
  await client.end();
  return writeTemplate(hub);
}

async function rounds(
  at: At,
  kinds: readonly Kind[],
  clients: number,
  { rounds: count, seconds }: BenchOptions,
): Promise<ReadonlyMap<Kind, Driven>[]> {
  const measured: ReadonlyMap<Kind, Driven>[] = [];
  for (let round = 0; round < count; round += 1) {
    const driven = new Map<Kind, Driven>();
    for (const kind of kinds) driven.set(kind, await measure(at, kind, clients, seconds));
    measured.push(driven);
  }
  return measured;
}

function measure(
  { servers, load, template, world }: At,
  kind: Kind,
  clients: number,
  seconds: number,
): Promise<Driven> {
  const url = kind === 'echo' || kind === 'insert' ? servers.beside : servers.hub;
  const { databaseUrl } = servers;
  return load.run({ kind, clients, seconds, url, token: template.token, databaseUrl, world });
}

/** What is found must be there: a search that finds nothing is fast. Of one patient there are eight Tasks, and those made since. */
async function checkAnswer({ servers, template, world }: At, kind: Kind): Promise<void> {
  if (kind !== 'search' && kind !== 'chained' && kind !== 'include') return;
  const { path } = nextRequest(kind, world);
  const { body } = await call(`GET`, `${servers.hub}${path}`, { token: template.token });
  const types = ((body as { entry?: { resource: { resourceType: string } }[] }).entry ?? []).map(
    ({ resource }) => resource.resourceType,
  );
  const tasks = types.filter((type) => type === 'Task').length;
  const asExpected =
    kind === 'chained' ? tasks >= 8 : kind === 'search' ? tasks > 0 : tasks > 0 && types.includes('Patient');
  if (!asExpected) throw new Error(`${kind}: ${path} found ${types.join(', ') || 'nothing'}`);
}

function say({ json }: BenchOptions, line: string): void {
  if (!json) console.log(line);
}
