import { fhirBench } from './fhir/bench.ts';
import { loopBench } from './loop/bench.ts';
import { loopsBench } from './loops/bench.ts';
import { type BenchOptions, readOptions } from './options.ts';
import { validateBench } from './validate/bench.ts';

const BENCHES: Readonly<Record<string, (options: BenchOptions) => Promise<void>>> = {
  loop: loopBench,
  loops: loopsBench,
  fhir: fhirBench,
  validate: validateBench,
};

/** Of fewer loops some lists would have nothing on them. */
const USUAL: Readonly<Record<string, Parameters<typeof readOptions>[1]>> = {
  loops: { leastLoops: 1_000, seconds: 10 },
};

const USAGE = `Say which: npm run bench -- ${Object.keys(BENCHES).join(' | ')} [--json] [--rounds N]
  loop: [--loops N] (100)
  loops: [--loops N] [--whole] [--seconds N], 1000 or more (100000), of which a fifth are open
  fhir: [--clients 1,8,32] [--sizes 0,100000,1000000] [--seconds N] [--processes N] [--only create,read,insert,echo,…]`;

const [name = '', ...flags] = process.argv.slice(2);
const bench = BENCHES[name];
if (!bench) {
  console.error(USAGE);
  process.exit(2);
}
let options: BenchOptions;
try {
  options = readOptions(flags, USUAL[name] ?? {});
} catch (thrown) {
  console.error(thrown instanceof Error ? `${thrown.message}\n${USAGE}` : thrown);
  process.exit(2);
}
await bench(options);
