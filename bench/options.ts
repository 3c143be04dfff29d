/** What every benchmark understands; each takes what concerns it. */
export interface BenchOptions {
  /** Prints one JSON object instead of a table. */
  readonly json: boolean;
  /** How often each way to run is measured, in turn with the others. */
  readonly rounds: number;
  /** loop: how many loops each round drives; loops: how many there are. Undefined: as many as the benchmark thinks fit. */
  readonly loops: number | undefined;
  /** loops: with all content, versions and audit, rather than what is looked at. */
  readonly whole: boolean;
  /** fhir: how many ask at the same time. */
  readonly clients: readonly number[];
  /** fhir: how many resources are in the store, from few to many. */
  readonly sizes: readonly number[];
  /** fhir: how long each thing is measured in each round; loops: how long pages are looked at before anything is due. */
  readonly seconds: number;
  /** fhir: how long each thing is asked for before anything is measured: what runs often is compiled then. */
  readonly warmUp: number;
  /** fhir: how many processes of the hub answer; one, as it starts when nothing is said. */
  readonly processes: number;
  /** fhir: whether the same is asked of a hub without the clause of visibility too. */
  readonly visibility: boolean;
  /** fhir: what is measured; undefined: all. */
  readonly only: readonly string[] | undefined;
}

const FLAGS = [
  ...['--json', '--rounds', '--loops', '--whole', '--clients', '--sizes'],
  ...['--seconds', '--warm-up', '--processes', '--visibility', '--only'],
];

const WARM_UP_SECONDS = 4;

interface Usual {
  readonly leastLoops?: number;
  readonly seconds?: number;
}

/** Reads the flags after the benchmark's name. @param usual of how many loops it can be at least, and how many seconds it takes without a flag @throws Error saying which flag is wrong, and what it takes */
export function readOptions(flags: readonly string[], { leastLoops = 1, seconds = 2 }: Usual): BenchOptions {
  const unknown = flags.find((flag) => flag.startsWith('--') && !FLAGS.includes(flag));
  if (unknown) throw new Error(`${unknown} is not known.`);
  const number = (flag: string, fallback: number, least = 1): number =>
    numbers(flags, flag, [fallback], least)[0] ?? fallback;
  return {
    json: flags.includes('--json'),
    rounds: number('--rounds', 3),
    loops: flags.includes('--loops') ? numbers(flags, '--loops', [], leastLoops)[0] : undefined,
    whole: flags.includes('--whole'),
    clients: numbers(flags, '--clients', [1, 8, 32]),
    sizes: numbers(flags, '--sizes', [0, 100_000, 1_000_000], 0).sort((a, b) => a - b),
    seconds: number('--seconds', seconds),
    warmUp: number('--warm-up', WARM_UP_SECONDS, 0),
    processes: number('--processes', 1),
    visibility: flags.includes('--visibility'),
    only: textAfter(flags, '--only')?.split(','),
  };
}

function numbers(flags: readonly string[], flag: string, fallback: readonly number[], least = 1): number[] {
  const values = textAfter(flags, flag)?.split(',').map(Number) ?? [...fallback];
  if (values.every((value) => Number.isInteger(value) && value >= least && value <= 10_000_000)) return values;
  throw new Error(`${flag} takes whole numbers from ${least} to 10000000.`);
}

function textAfter(flags: readonly string[], flag: string): string | undefined {
  const at = flags.indexOf(flag);
  return at < 0 ? undefined : (flags[at + 1] ?? '');
}
