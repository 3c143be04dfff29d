import type { JSONWebKeySet } from 'jose';

/** What was found at the address of a key set. */
export interface FetchedKeys {
  readonly jwks: JSONWebKeySet;
  /** How long its owner says it is good for, in ms. */
  readonly maxAgeMs: number | undefined;
}

/** Fetches a key set from exactly this address; undefined when there is none to be had. */
export type FetchKeys = (address: string) => Promise<FetchedKeys | undefined>;

/** The keys at an address; `anew`: fetched again, unless they were just now. */
export type PublishedKeys = (address: string, now: Date, anew?: 'anew') => Promise<JSONWebKeySet | undefined>;

const USUAL_AGE_MS = 10 * 60_000;
const LONGEST_AGE_MS = 3_600_000;
/** However many unknown keys are named, or addresses fail: an address is not asked more often. */
export const LEAST_BETWEEN_MS = 10_000;
const MOST_ADDRESSES = 1_000;

interface Kept {
  readonly keys: Promise<FetchedKeys | undefined>;
  readonly askedAt: number;
}

/**
 * Keeps the keys that programs publish, per process, as long as their owners say. Who asks at the same time waits for
 * the same answer.
 */
export function publishedKeys(fetchKeys: FetchKeys): PublishedKeys {
  const kept = new Map<string, Kept>();
  return async (address, now, anew) => {
    const known = kept.get(address);
    const age = known ? now.getTime() - known.askedAt : 0;
    if (known && age >= 0 && (age < LEAST_BETWEEN_MS || (!anew && age < ageOf(await known.keys)))) {
      return (await known.keys)?.jwks;
    }
    if (kept.size >= MOST_ADDRESSES) kept.clear();
    const keys = fetchKeys(address);
    kept.set(address, { keys, askedAt: now.getTime() });
    return (await keys)?.jwks;
  };
}

/** What could not be fetched is asked for again as soon as it may be. */
function ageOf(fetched: FetchedKeys | undefined): number {
  if (!fetched) return 0;
  return Math.min(fetched.maxAgeMs ?? USUAL_AGE_MS, LONGEST_AGE_MS);
}
