import { cpus, totalmem } from 'node:os';
import type { BenchOptions } from '../options.ts';
import { BUNDLE_SIZE, type Kind, MEANINGS } from './kinds.ts';
import type { Driven } from './load/drive.ts';
import { median, rounded } from './medians.ts';
import type { Bounded } from './visibility.ts';

/** One thing at one number of clients and of resources: medians of the rounds. */
export interface Row extends Driven {
  readonly size: number;
  readonly clients: number;
  readonly kind: Kind;
  /** Against express with an insert, of the same round. */
  readonly ratioToInsert?: number;
  /** Against express with an echo, of the same round. */
  readonly ratioToEcho?: number;
}

/** What one run has measured. */
export interface Measured {
  readonly rows: readonly Row[];
  readonly bounded: readonly Bounded[];
}

type Rounds = readonly ReadonlyMap<Kind, Driven>[];

/** The rows of one place of the table. Pure. */
export function rowsOf(place: { readonly size: number; readonly clients: number }, rounds: Rounds): Row[] {
  const kinds = [...(rounds[0]?.keys() ?? [])];
  return kinds.map((kind) => {
    const of = (value: (driven: Driven) => number): number =>
      median(rounds.flatMap((round) => (round.get(kind) ? [value(round.get(kind) as Driven)] : [])));
    return {
      ...place,
      kind,
      perSecond: rounded(
        of((each) => each.perSecond),
        1,
      ),
      p50Ms: rounded(
        of((each) => each.p50Ms),
        2,
      ),
      p95Ms: rounded(
        of((each) => each.p95Ms),
        2,
      ),
      ...ratio('ratioToInsert', rounds, kind, 'insert'),
      ...ratio('ratioToEcho', rounds, kind, 'echo'),
    };
  });
}

function ratio(name: 'ratioToInsert' | 'ratioToEcho', rounds: Rounds, kind: Kind, to: Kind): Partial<Row> {
  const ratios = rounds.flatMap((round) => {
    const [mine, other] = [round.get(kind), round.get(to)];
    return mine && other ? [mine.perSecond / other.perSecond] : [];
  });
  return ratios.length > 0 ? { [name]: rounded(median(ratios), 3) } : {};
}

const HEADLINE_SIZE = 100_000;

/** The figures of one number: 100 k resources where measured, and the most clients up to 32. Pure. */
export function figures(rows: readonly Row[], { sizes, clients }: Pick<BenchOptions, 'sizes' | 'clients'>): object {
  const resources = sizes.includes(HEADLINE_SIZE) ? HEADLINE_SIZE : (sizes.at(-1) ?? 0);
  const most = Math.max(...clients);
  const row = (kind: Kind, size = resources): Row | undefined =>
    rows.find((each) => each.kind === kind && each.size === size && each.clients === most);
  const written = (kind: Kind): object => ({
    perSecond: row(kind)?.perSecond,
    ratioToInsert: row(kind)?.ratioToInsert,
  });
  const found = (kind: Kind): object => {
    const p95 = sizes.map((size): [string, number | undefined] => [`p95Ms${short(size)}`, row(kind, size)?.p95Ms]);
    const [small, large] = sizes.slice(-2).map((size) => row(kind, size)?.p95Ms);
    return { ...Object.fromEntries(p95), ...(small && large ? { ratio: rounded(large / small, 2) } : {}) };
  };
  return {
    create: written('create'),
    update: written('update'),
    transaction: { resourcesPerSecond: rounded((row('transaction')?.perSecond ?? Number.NaN) * BUNDLE_SIZE, 1) },
    read: { perSecond: row('read')?.perSecond, ratioToEcho: row('read')?.ratioToEcho },
    search: { ...found('search'), chained: found('chained'), include: found('include') },
    beside: { insert: row('insert')?.perSecond, echo: row('echo')?.perSecond, commits: row('commit')?.perSecond },
    clients: most,
    resources,
  };
}

/** 100000 as 100k, 1000000 as 1M. */
function short(size: number): string {
  if (size >= 1_000_000 && size % 1_000_000 === 0) return `${size / 1_000_000}M`;
  return size >= 1_000 && size % 1_000 === 0 ? `${size / 1_000}k` : String(size);
}

export function printJson({ rows, bounded }: Measured, options: BenchOptions): void {
  const { rounds, seconds, processes } = options;
  const visibility = bounded.length > 0 ? { visibility: bounded } : {};
  const whole = { ...figures(rows, options), ...visibility, machine: machine(), processes, rounds, seconds, rows };
  console.log(JSON.stringify(whole));
}

export function printTable({ rows, bounded }: Measured, options: BenchOptions): void {
  const { model, processors, memoryGb, node } = machine();
  console.log(
    `\n${processors} × ${model}, ${memoryGb} GB, Node ${node}; medians of ${options.rounds} rounds of ${options.seconds} s; the hub in ${options.processes} processes.`,
  );
  console.log(
    'Asked by a process of its own: raw HTTP/1.1 on kept connections, one for each client, one request at a time.\n',
  );
  for (const size of options.sizes) {
    console.log(`${size.toLocaleString('en')} resources in the store`);
    console.table(rows.filter((row) => row.size === size).map(({ size: _, ...row }) => row));
  }
  if (bounded.length > 0) {
    console.log('As it is, and without the clause of visibility');
    console.table(bounded);
  }
  console.table(MEANINGS);
}

export function machine(): { model: string; processors: number; memoryGb: number; node: string } {
  const model = cpus()[0]?.model ?? 'unknown processor';
  return { model, processors: cpus().length, memoryGb: Math.round(totalmem() / 2 ** 30), node: process.version };
}
