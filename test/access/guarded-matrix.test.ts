import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { databaseKinds } from '../support/database.ts';
import { NO_LIMITS, startHub, type TestHub } from '../support/hub.ts';
import { guardedPolicy } from './guarded/stories.ts';
import { walkGuardedOn } from './guarded/walk-on.ts';

let hub: TestHub;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'careloop-policy-'));
  const file = join(folder, 'consent.json');
  await writeFile(file, guardedPolicy());
  const settings = { PASSWORD_COST: '14', CONSENT_POLICY: file, ...NO_LIMITS };
  hub = await startHub(databaseKinds().at(-1) ?? 'embedded', { workers: true, settings });
}, 60_000);
afterAll(async () => {
  await hub?.close();
  if (folder) await rm(folder, { recursive: true });
});

test('what is labelled, and what a client says, decides for everybody and by whatever way they ask', async () => {
  const { cells, leaks, wrongDenials, faults } = await walkGuardedOn(hub, false);
  expect(faults).toEqual([]);
  expect({ leaks, wrongDenials }).toEqual({ leaks: 0, wrongDenials: 0 });
  expect(cells).toBeGreaterThan(100_000);
}, 1_200_000);
