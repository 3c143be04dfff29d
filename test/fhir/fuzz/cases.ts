import fc from 'fast-check';

/** How many cases one run makes, and how they are shared out. */
export const CASES = 50_000;

/** Asked over HTTP, all of them of a hub on a database. */
export const OVER_HTTP = {
  json: 4_000,
  xml: 2_500,
  searches: 5_000,
  bundles: 2_000,
  refusedBundles: 1_500,
  patches: 1_500,
  operations: 1_500,
} as const;

/** Given to the function that reads them, which does not know what they arrived by. */
export const BELOW_HTTP = { json: 12_000, xml: 12_000, addresses: 5_000, terminology: 3_000 } as const;

const LANES = 12;

/** One run's seed; `FUZZ_SEED` repeats a run. */
export const SEED = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31);

/** `FUZZ_SHARE=0.1` makes a tenth of the cases, to try something. */
export const SHARE = Number(process.env.FUZZ_SHARE ?? 1);

/** How many cases were made so far, by what they are about. */
export const made = new Map<string, number>();

type Check<Case> = (one: Case) => void | Promise<void>;

/**
 * Makes `runs` cases and checks each; several at a time where they wait for a server. A failure is shrunk, and reported
 * with the seed and the path that repeat it.
 */
export async function fuzz<Case>(
  subject: string,
  cases: fc.Arbitrary<Case>,
  runs: number,
  check: Check<Case>,
  options: { readonly lanes?: number; readonly weight?: (one: Case) => number } = {},
): Promise<void> {
  const { lanes = LANES, weight = () => 1 } = options;
  const property = fc.asyncProperty(cases, async (one) => {
    made.set(subject, (made.get(subject) ?? 0) + weight(one));
    try {
      await check(one);
    } catch (thrown) {
      throw new Error(`${JSON.stringify(one)}: ${thrown instanceof Error ? thrown.message : String(thrown)}`, {
        cause: thrown,
      });
    }
  });
  const each = Math.ceil((runs * SHARE) / lanes);
  await Promise.all(
    Array.from({ length: lanes }, (_, lane) =>
      fc.assert(property, { numRuns: each, seed: SEED + lane, endOnFailure: false }),
    ),
  );
}

/** What was made, in a line for a person. */
export function summary(): string {
  const all = [...made].map(([subject, count]) => `${subject} ${count}`);
  return `fuzz: ${totalMade()} cases with FUZZ_SEED=${SEED} (${all.join(', ')})`;
}

export function totalMade(): number {
  return [...made.values()].reduce((sum, count) => sum + count, 0);
}
