import { expect } from '@jest/globals';
import fc from 'fast-check';
import { memoryHub } from './memory/memory-hub.ts';
import { run } from './run.ts';
import { sequences } from './sequences.ts';

/** How many sequences a run tries; `MODEL_SEQUENCES` tries more, or fewer. */
export const SEQUENCES = 20_000;

/** One run's seed; `MODEL_SEED` repeats a run. */
export const SEED = Number(process.env.MODEL_SEED ?? Date.now() % 2 ** 31);

/**
 * Tries one half of the sequences over the store in memory. What differs from the model is shrunk, and told with the seed
 * and the path that repeat it.
 */
export async function tryHalf(half: 0 | 1): Promise<void> {
  const count = Math.ceil(Number(process.env.MODEL_SEQUENCES ?? SEQUENCES) / 2);
  let tried = 0;
  const property = fc.asyncProperty(sequences, async (sequence) => {
    tried += 1;
    await run({ hub: memoryHub(), isClose: true }, sequence);
  });
  await fc.assert(property, { numRuns: count, seed: SEED + half });
  expect(tried).toBe(count);
}
