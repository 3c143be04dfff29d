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

const USAGE = `Say which: npm run bench -- ${Object.keys(BENCHES).join(' | ')} [--json] [--rounds N]
  loop: [--loops N]
  loops: [--loops N] [--whole], of which a fifth are open
  fhir: [--clients 1,8,32] [--sizes 0,100000,1000000] [--seconds N] [--processes N] [--only create,read,insert,echo,…]`;

const [name = '', ...flags] = process.argv.slice(2);
const bench = BENCHES[name];
if (!bench) {
  console.error(USAGE);
  process.exit(2);
}
let options: BenchOptions;
try {
  options = readOptions(flags);
} catch (thrown) {
  console.error(thrown instanceof Error ? `${thrown.message}\n${USAGE}` : thrown);
  process.exit(2);
}
await bench(options);
