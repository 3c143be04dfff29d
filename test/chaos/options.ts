import { parseArgs } from 'node:util';
import { createFaults, type Faults } from '../partners/fhir/faults.ts';
import { VICTIMS, type Victims } from './killer.ts';

/** How a run is to go: see test/partners/README.md. */
export interface Options {
  readonly loops: number;
  readonly kill: Victims;
  readonly everyMs: number;
  readonly seed: number;
  readonly faults: { readonly foodBank: Faults; readonly hospital: Faults };
  readonly longestMs: number;
  readonly json: boolean;
}

const TIMEOUT_MS = 1_000;

/** What the hub is set to for a run. */
export const SETTINGS = {
  DELIVERY_TIMEOUT_MS: String(TIMEOUT_MS),
  // Short, and long enough that no message is given up: on a slow machine many tries end by the timeout alone.
  RETRY_SCHEDULE_MS: [200, 500, 1_000, ...Array.from({ length: 97 }, () => 2_000)].join(','),
};

/** @throws Error naming the option that is wrong */
export function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      loops: { type: 'string', default: '200' },
      kill: { type: 'string', default: 'workers' },
      every: { type: 'string' },
      faults: { type: 'string', default: '0.3' },
      'hospital-faults': { type: 'string', default: '0.1' },
      seed: { type: 'string', default: '1' },
      minutes: { type: 'string', default: '15' },
      json: { type: 'boolean', default: false },
    },
  });
  const kill = VICTIMS.find((each) => each === values.kill);
  if (!kill) throw new Error(`--kill is one of ${VICTIMS.join(', ')}.`);
  const seed = number('seed', values.seed);
  const hangMs = 3 * TIMEOUT_MS;
  return {
    loops: number('loops', values.loops),
    kill,
    // The embedded store takes longer to come up, and then has more to catch up with.
    everyMs: number('every', values.every ?? (kill === 'hub' ? '4000' : '2000')),
    seed,
    faults: {
      foodBank: createFaults({ rate: number('faults', values.faults), hangMs, seed }),
      hospital: createFaults({ rate: number('hospital-faults', values['hospital-faults']), hangMs, seed: seed + 1 }),
    },
    longestMs: number('minutes', values.minutes) * 60_000,
    json: values.json,
  };
}

function number(name: string, text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value >= 0) return value;
  throw new Error(`--${name} must be a number, not "${text}".`);
}
