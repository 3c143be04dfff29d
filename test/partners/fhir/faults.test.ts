import { afterEach, expect, test } from '@jest/globals';
import type { Task } from '@medplum/fhirtypes';
import { createLedger } from '../ledger.ts';
import { createFaults, type Fault, type Faults } from './faults.ts';
import { type FhirServer, startFhirServer } from './server.ts';

let server: FhirServer | undefined;
afterEach(() => server?.close());

const SYSTEM = 'https://partner.example/tasks';

/** A server whose next calls go wrong as listed, and those after them well. */
async function serverWith(
  ...faults: Fault[]
): Promise<{ base: string; held: () => Promise<number>; told: () => number }> {
  const ledger = createLedger();
  const plan: Faults = { ...createFaults({ rate: 0, hangMs: 50, seed: 1 }), next: () => faults.shift() };
  const running = await startFhirServer({ ledger, faults: plan });
  server = running;
  return {
    base: running.base,
    held: async () => (await running.repository.heldUnder<Task>('Task', `${SYSTEM}|1`)).length,
    told: () => ledger.toldAbout(`${SYSTEM}|1`).length,
  };
}

function create(base: string): Promise<number | 'lost'> {
  const task: Task = {
    resourceType: 'Task',
    status: 'requested',
    intent: 'order',
    identifier: [{ system: SYSTEM, value: '1' }],
  };
  const headers = {
    'content-type': 'application/fhir+json',
    'if-none-exist': `identifier=${encodeURIComponent(`${SYSTEM}|1`)}`,
  };
  return fetch(`${base}/Task`, { method: 'POST', headers, body: JSON.stringify(task) }).then(
    ({ status }) => status,
    () => 'lost',
  );
}

test.each([
  ['reset', 'lost'],
  ['error', 500],
  ['hang', 'lost'],
] as const)('a call that ends in a %s has had its effect, or not, as planned', async (kind, seen) => {
  const { base, held, told } = await serverWith({ kind, afterwards: false }, { kind, afterwards: true });

  expect([await create(base), await held(), told()]).toEqual([seen, 0, 0]);
  expect([await create(base), await held(), told()]).toEqual([seen, 1, 1]);
  expect([await create(base), await held(), told()]).toEqual([200, 1, 2]);
});

test('the same seed makes the same faults, at the rate that was asked for', () => {
  const draw = (): (Fault | undefined)[] => {
    const { next } = createFaults({ rate: 0.3, hangMs: 50, seed: 7 });
    return Array.from({ length: 2_000 }, next);
  };
  const faults = draw().filter((fault) => fault !== undefined);

  expect(draw()).toEqual(draw());
  expect(faults.length / 2_000).toBeCloseTo(0.3, 1);
  expect(faults.filter(({ afterwards }) => afterwards).length / faults.length).toBeCloseTo(0.5, 1);
});
