import { test } from '@jest/globals';
import { SEED, tryHalf } from './try-sequences.ts';

// Each half of them is a file, so that they are tried side by side: see more-sequences.test.ts.
test(`whatever happens to a referral, in whatever order: it waits for somebody, and it can be closed (MODEL_SEED=${SEED})`, async () => {
  await tryHalf(0);
}, 3_600_000);
