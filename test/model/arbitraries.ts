import fc from 'fast-check';
import type { Who } from './world.ts';

/** One of some values, each as often. */
export const oneOf = <T>(...values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);
/** A value, and now and then another. */
export const often = <T>(value: T, ...others: readonly T[]): fc.Arbitrary<T> =>
  fc.oneof({ weight: 5, arbitrary: fc.constant(value) }, { weight: 1, arbitrary: oneOf(...others) });

/** Somebody, most often whose Task it is. */
export const who = often<Who>('owner', 'hub', 'sender', 'stranger');
/** Somebody, most often who asked. */
export const asker = often<Who>('sender', 'owner', 'hub', 'stranger');
/** Which part of a referral. */
export const part = fc.nat(3);
export const rarely = fc.oneof(
  { weight: 6, arbitrary: fc.constant(false) },
  { weight: 1, arbitrary: fc.constant(true) },
);
export const mostly = rarely.map((no) => !no);
