import { expect, test } from '@jest/globals';
import { startProgram } from '../support/processes.ts';

interface Row {
  readonly kind: string;
  readonly perSecond: number;
  readonly p95Ms: number;
}

interface Figures {
  readonly create: { perSecond: number; ratioToInsert: number };
  readonly update: { perSecond: number; ratioToInsert: number };
  readonly transaction: { resourcesPerSecond: number };
  readonly read: { perSecond: number; ratioToEcho: number };
  readonly search: { p95Ms0: number; p95Ms500: number; ratio: number };
  readonly machine: { processors: number };
  readonly rows: readonly Row[];
}

interface LoopFigures {
  readonly loops: number;
  readonly open: number;
  readonly worklistP95Ms: number;
  readonly listsP95Ms: Readonly<Record<string, number>>;
  readonly countsP95Ms: number;
  readonly sweepIdleMs: number;
  readonly deadlines: { due: number; seconds: number; apiP99Ratio: number };
  readonly made: { seconds: number };
  readonly machine: { processors: number };
}

const serverTest = process.env.TEST_DATABASE_URL ? test : test.skip;
const KINDS = ['echo', 'insert', 'commit', 'read', 'create', 'update', 'transaction', 'search'];

serverTest(
  'the bench of the FHIR API measures everything, and says so in one JSON object',
  async () => {
    const { PATH, TEST_DATABASE_URL = '' } = process.env;
    const size = ['--sizes', '0,500', '--clients', '2', '--seconds', '1', '--rounds', '1', '--warm-up', '0'];
    const bench = startProgram('bench/main.ts', {
      args: ['fhir', '--json', ...size, '--only', KINDS.join(',')],
      settings: { PATH: PATH ?? '', DATABASE_URL: TEST_DATABASE_URL },
    });
    expect([await bench.ended(), bench.stderr()]).toEqual([0, '']);
    const figures = JSON.parse(bench.stdout()) as Figures;
    const { create, update, transaction, read, search } = figures;
    const numbers = [create, update, transaction, read, search].flatMap((each) => Object.entries(each));
    const measured = numbers.filter(([, value]) => typeof value === 'number');
    expect(measured.map(([name]) => name)).toEqual([
      'perSecond',
      'ratioToInsert',
      'perSecond',
      'ratioToInsert',
      'resourcesPerSecond',
      'perSecond',
      'ratioToEcho',
      'p95Ms0',
      'p95Ms500',
      'ratio',
    ]);
    expect(measured.filter(([, value]) => !(value > 0))).toEqual([]);
    expect(figures.rows.map(({ kind }) => kind)).toEqual([...KINDS, ...KINDS]);
    expect(figures.rows.filter(({ perSecond, p95Ms }) => !(perSecond > 0 && p95Ms > 0))).toEqual([]);
    expect(figures.machine.processors).toBeGreaterThan(0);
  },
  300_000,
);

serverTest(
  'the bench of loops says in one JSON object what there was and how long it took',
  async () => {
    const { PATH, TEST_DATABASE_URL = '' } = process.env;
    const bench = startProgram('bench/main.ts', {
      args: ['loops', '--loops', '1000', '--seconds', '1', '--json'],
      settings: { PATH: PATH ?? '', DATABASE_URL: TEST_DATABASE_URL },
    });
    expect([await bench.ended(), bench.stderr()]).toEqual([0, '']);
    const figures = JSON.parse(bench.stdout()) as LoopFigures;
    const { listsP95Ms, deadlines, made, machine, ...rest } = figures;
    const { worklistP95Ms, countsP95Ms, sweepIdleMs, ...size } = rest;
    // Of each open loop something is awaited, and of the one that was written through the API.
    expect([size, deadlines.due]).toEqual([{ loops: 1_000, open: 200 }, 201]);
    const measured = [worklistP95Ms, countsP95Ms, sweepIdleMs, ...Object.values(listsP95Ms), made.seconds];
    expect(measured.concat(deadlines.seconds, deadlines.apiP99Ratio).filter((value) => !(value > 0))).toEqual([]);
    expect([Object.keys(listsP95Ms).length, machine.processors]).toEqual([7, expect.any(Number)]);
  },
  300_000,
);

test.each([
  ['fhir', ['--clients', 'many'], '--clients takes whole numbers from 1 to 10000000.'],
  ['loops', ['--loops', '100'], '--loops takes whole numbers from 1000 to 10000000.'],
  ['loops', ['--loops', 'many', '--json'], '--loops takes whole numbers from 1000 to 10000000.'],
  ['loops', ['--open', '5'], '--open is not known.'],
  ['loop', ['--help'], '--help is not known.'],
])('the bench says which flag it cannot read: %s %j', async (name, flags, text) => {
  const bench = startProgram('bench/main.ts', { args: [name, ...flags] });
  expect(await bench.ended()).toBe(2);
  expect(bench.stderr()).toContain(text);
});
