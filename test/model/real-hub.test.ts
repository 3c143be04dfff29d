import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { databaseKinds } from '../support/database.ts';
import { runTogether, shrunk } from './real/batch.ts';
import { type RealWorld, startWorld } from './real/real-hub.ts';
import { sequencesOnHub } from './sequences.ts';

/** How many a run tries over HTTP; `MODEL_ON_HUB=20000` tries more (see CONTRIBUTING.md). */
const COUNT = Number(process.env.MODEL_ON_HUB ?? 500);
const TOGETHER = 50;
/** The same each time, so that what fails is of the change that is tried: others are tried by hand, as many as there is time for. */
const SEED = Number(process.env.MODEL_SEED ?? 790_219_369);

let world: RealWorld;
beforeAll(async () => {
  world = await startWorld(databaseKinds().at(-1) ?? 'embedded');
}, 120_000);
afterAll(async () => {
  await world?.closeOthers();
  await world?.hub.close();
});

test(`on a hub that runs, over HTTP, it is as in memory (MODEL_SEED=${SEED})`, async () => {
  const all = fc.sample(sequencesOnHub, { numRuns: COUNT, seed: SEED });
  let tried = 0;
  for (let at = 0; at < all.length; at += TOGETHER) {
    const some = all.slice(at, at + TOGETHER);
    const [different] = await runTogether(world, some);
    if (different) throw new Error((await shrunk(world, different)).text);
    tried += some.length;
  }
  expect(tried).toBe(COUNT);
}, 7_200_000);
