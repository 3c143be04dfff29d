import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { databaseKinds } from '../support/database.ts';
import { NO_LIMITS, startHub, type TestHub } from '../support/hub.ts';
import { type Hook, openHook, subscribe } from '../support/subscriber.ts';
import { walkGuarded } from './guarded/matrix.ts';
import {
  addGuardedOrganizations,
  type GuardedNetwork,
  guardedPolicy,
  plotsOf,
  tellGuarded,
} from './guarded/stories.ts';

let hub: TestHub;
let hook: Hook;
let folder: string;
let network: GuardedNetwork;
const subscribed = new Map<string, string>();
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'careloop-policy-'));
  const file = join(folder, 'consent.json');
  await writeFile(file, guardedPolicy());
  const settings = { PASSWORD_COST: '14', CONSENT_POLICY: file, ...NO_LIMITS };
  hub = await startHub(databaseKinds().at(-1) ?? 'embedded', { workers: true, settings });
  hook = await openHook();
  network = await addGuardedOrganizations(hub);
  for (const partner of [...network.hospitals, ...network.agencies])
    subscribed.set(partner.id, (await subscribe(hub, partner, hook.url)).id);
  await tellGuarded(hub, network, plotsOf(1));
}, 240_000);
afterAll(async () => {
  await hub?.close();
  await hook?.close();
  if (folder) await rm(folder, { recursive: true });
});

test('what is labelled, and what a client says, decides for everybody and by whatever way they ask', async () => {
  const { cells, leaks, wrongDenials, faults } = await walkGuarded(hub, network, subscribed, false);
  expect(faults).toEqual([]);
  expect({ leaks, wrongDenials }).toEqual({ leaks: 0, wrongDenials: 0 });
  expect(cells).toBeGreaterThan(50_000);
}, 900_000);
