import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { databaseKinds } from '../support/database.ts';
import { NO_LIMITS, startHub, type TestHub } from '../support/hub.ts';
import { CASES } from './guarded/cases.ts';
import { type GuardedNetwork, guardedPolicy, plotsOf } from './guarded/stories.ts';
import { walkGuardedOn } from './guarded/walk-on.ts';

let hub: TestHub;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'careloop-policy-'));
  await writeFile(join(folder, 'consent.json'), guardedPolicy());
});
beforeEach(async () => {
  const settings = { PASSWORD_COST: '14', CONSENT_POLICY: join(folder, 'consent.json'), ...NO_LIMITS };
  hub = await startHub(databaseKinds().at(-1) ?? 'embedded', { workers: true, settings });
}, 60_000);
afterEach(() => hub?.close());
afterAll(() => rm(folder, { recursive: true }));

test('what is labelled, and what a client says, decides for everybody and by whatever way they ask', async () => {
  // Half of all pairs, each label and each saying among them; `npm run access-matrix` has all.
  const plots = plotsOf(1).filter(({ number }) => (number + Math.floor(number / CASES.length)) % 2 === 0);
  const { cells, leaks, wrongDenials, faults } = await walkGuardedOn(hub, { plots });
  expect(faults).toEqual([]);
  expect({ leaks, wrongDenials }).toEqual({ leaks: 0, wrongDenials: 0 });
  expect(cells).toBeGreaterThan(80_000);
}, 900_000);

test('what is shown to one too many is found, and what is kept from one too many', async () => {
  const plots = plotsOf(1).filter(({ number }) => number % 17 === 0);
  const tamper = async ({ resources, agencies: [plain] }: GuardedNetwork): Promise<void> => {
    const change = (told: (typeof resources)[number] | undefined, set: string, ...more: unknown[]): Promise<unknown> =>
      hub.deps.db.query(`UPDATE resource SET ${set} WHERE type = $1 AND id = $2`, [told?.type, told?.id, ...more]);
    const withheld = resources.find(({ as, readers }) => as === 'patient' && readers.size === 1);
    await change(withheld, 'readers = readers || $3::text', plain?.id);
    await change(
      resources.find(({ as, restricted }) => as === 'root' && restricted),
      'restricted = false',
    );
    const open = resources.find(({ as, readers }) => as === 'patient' && readers.size > 1);
    await change(open, 'readers = ARRAY[author_org]');
  };
  const { leaks, wrongDenials, faults } = await walkGuardedOn(hub, { plots, tamper });
  expect({ leaks: leaks > 5, wrongDenials: wrongDenials > 5 }).toEqual({ leaks: true, wrongDenials: true });
  expect(faults.join('\n')).toContain('root of');
}, 300_000);
