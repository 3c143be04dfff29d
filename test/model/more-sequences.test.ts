import { test } from '@jest/globals';
import { SEED, tryHalf } from './try-sequences.ts';

test(`the other half of what may happen to a referral (MODEL_SEED=${SEED})`, async () => {
  await tryHalf(1);
}, 3_600_000);
