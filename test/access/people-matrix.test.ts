import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { databaseKinds } from '../support/database.ts';
import { NO_LIMITS, startHub, type TestHub } from '../support/hub.ts';
import { walkPeople } from './matrix/personas.ts';
import { addOrganizations, tellStories } from './network/stories.ts';
import type { Network } from './network/told.ts';
import { MAILS_NOWHERE } from './people/visitor.ts';

const LOOPS = 22;

let hub: TestHub;
let network: Network;
beforeAll(async () => {
  hub = await startHub(databaseKinds().at(-1) ?? 'embedded', {
    workers: true,
    settings: { PASSWORD_COST: '14', ...MAILS_NOWHERE, ...NO_LIMITS },
  });
  network = await addOrganizations(hub);
  await tellStories(hub, network, LOOPS);
}, 240_000);
afterAll(() => hub?.close());

test('everybody is shown what their role and organization let them see, by whatever way they ask, and nothing else', async () => {
  const { cells, leaks, wrongDenials, faults } = await walkPeople(hub, network);
  expect(faults).toEqual([]);
  expect({ leaks, wrongDenials }).toEqual({ leaks: 0, wrongDenials: 0 });
  expect(cells).toBeGreaterThan(8_000);
}, 900_000);
