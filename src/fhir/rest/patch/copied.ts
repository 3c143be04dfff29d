import { holdsWhatHolds, keepText, textOf, withNumbersOf } from '../../../db/written-numbers.ts';

/** A copy that may be changed, in which numbers are written as in its original. Pure. */
export function copied<T>(value: T): T {
  return withNumbersOf(value, structuredClone(value));
}

/**
 * Keeps for the outcome of a patch how the numbers are written that stand in one object of it, wherever the patch has
 * moved that to.
 * @param outcome the object made anew, whose members were already
 */
export function withNumbersAsTheyStand<T extends object>(patched: object, outcome: T): T {
  for (const [key, value] of Object.entries(outcome) as [string, unknown][]) {
    const text = typeof value === 'number' ? textOf(patched, key) : undefined;
    if (text !== undefined) keepText(outcome, key, text);
    holdsWhatHolds(outcome, value);
  }
  return outcome;
}

/** Has a number written as a patch says: of `1.0` it may make `1.00`, or `1`. */
export function writeNumber(owner: Readonly<Record<string, unknown>>, key: string, text: string | undefined): void {
  const written = text ?? (textOf(owner, key) === undefined ? undefined : String(owner[key]));
  if (written !== undefined) keepText(owner, key, written);
}
