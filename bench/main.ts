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

/** Of fewer some lists would have nothing on them. */
const LEAST_LOOPS: Readonly<Record<string, number>> = { loops: 1_000 };

const USAGE = `Say which: npm run bench -- ${Object.keys(BENCHES).join(' | ')} [--json] [--rounds N]
  loop: [--loops N] (100)
  loops: [--loops N] [--whole], 1000 or more (100000), of which a fifth are open
  fhir: [--clients 1,8,32] [--sizes 0,100000,1000000] [--seconds N] [--processes N] [--only create,read,insert,echo,…]`;

const [name = '', ...flags] = process.argv.slice(2);
const bench = BENCHES[name];
if (!bench) {
  console.error(USAGE);
  process.exit(2);
}
let options: BenchOptions;
try {
  options = readOptions(flags, LEAST_LOOPS[name] ?? 1);
} catch (thrown) {
  console.error(thrown instanceof Error ? `${thrown.message}\n${USAGE}` : thrown);
  process.exit(2);
}
await bench(options);
