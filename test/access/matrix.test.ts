import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { call } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { walkMatrix } from './matrix/matrix.ts';
import { addOrganizations, tellStories } from './network/stories.ts';
import type { Network } from './network/told.ts';

const LOOPS = 40;

let hub: TestHub;
let network: Network;
beforeAll(async () => {
  hub = await startHub(databaseKinds().at(-1) ?? 'embedded', { workers: true });
  network = await addOrganizations(hub);
  await tellStories(hub, network, LOOPS);
}, 120_000);
afterAll(() => hub?.close());

test('every organization is shown what its stories say, by whatever way it asks, and nothing else', async () => {
  const { cells, leaks, wrongDenials, faults } = await walkMatrix(hub, network, false);
  expect(faults).toEqual([]);
  expect({ leaks, wrongDenials }).toEqual({ leaks: 0, wrongDenials: 0 });
  expect(cells).toBeGreaterThan(20_000);
}, 300_000);

test('a list of all loops goes on with the closed ones when the open ones fill a page to its end', async () => {
  type List = { loops: { id: string }[]; next: string | null };
  const page = async (query: string): Promise<List> =>
    (await call<List>('GET', `${hub.url}/api/loops?state=all&${query}`)).body;
  type Counts = { open: number; closed: number };
  const counts = (await call<Counts>('GET', `${hub.url}/api/loops/counts`)).body;
  const first = await page(`limit=${counts.open}`);
  const rest = await page(`limit=200&cursor=${first.next}`);
  expect([first.loops.length, rest.loops.length]).toEqual([counts.open, counts.closed]);
  expect(counts.closed).toBeGreaterThan(0);
});

test('what is shown to one too many is found, and what is kept from one too many', async () => {
  const shown = network.resources.find(({ as }) => as === 'privateNote');
  const hidden = network.resources.find(({ as }) => as === 'outcome');
  const [some] = network.agencies.filter(({ id }) => !shown?.readers.has(id));
  await hub.deps.db.query('UPDATE resource SET readers = readers || $3 WHERE type = $1 AND id = $2', [
    shown?.type,
    shown?.id,
    [some?.id],
  ]);
  await hub.deps.db.query('UPDATE resource SET readers = ARRAY[author_org] WHERE type = $1 AND id = $2', [
    hidden?.type,
    hidden?.id,
  ]);
  const { leaks, wrongDenials } = await walkMatrix(hub, network, false);
  expect({ leaks: leaks > 5, wrongDenials: wrongDenials > 5 }).toEqual({ leaks: true, wrongDenials: true });
}, 300_000);
