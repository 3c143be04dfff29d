import { loopBench } from './loop/bench.ts';
import type { BenchOptions } from './options.ts';
import { validateBench } from './validate/bench.ts';

const BENCHES: Readonly<Record<string, (options: BenchOptions) => Promise<void>>> = {
  loop: loopBench,
  validate: validateBench,
};

const [name = '', ...flags] = process.argv.slice(2);
const bench = BENCHES[name];
if (!bench) {
  console.error(`Say which: npm run bench -- ${Object.keys(BENCHES).join(' | ')} [--json] [--loops N] [--rounds N]`);
  process.exit(2);
}
await bench({ json: flags.includes('--json'), loops: numberAfter('--loops', 100), rounds: numberAfter('--rounds', 3) });

function numberAfter(flag: string, fallback: number): number {
  const at = flags.indexOf(flag);
  const value = at < 0 ? fallback : Number(flags[at + 1]);
  if (Number.isInteger(value) && value > 0 && value <= 10_000) return value;
  console.error(`${flag} takes a whole number from 1 to 10000.`);
  process.exit(2);
}
