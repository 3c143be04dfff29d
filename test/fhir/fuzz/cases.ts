import fc from 'fast-check';

/** How many cases one run makes at least. */
export const CASES = 50_000;

/** Asked over HTTP, all of them of a hub on a database. */
export const OVER_HTTP = {
  'json over HTTP': 4_000,
  'xml over HTTP': 2_500,
  searches: 5_000,
  bundles: 1_500,
  'refused bundles': 1_500,
  patches: 2_000,
  operations: 1_500,
  'inputs of operations': 3_000,
} as const;

/** Given to the function that reads them, which does not know what they arrived by. */
export const BELOW_HTTP = {
  json: 11_000,
  xml: 7_000,
  addresses: 8_000,
  terminology: 3_200,
} as const;

const LANES = 12;

/** One run's seed; `FUZZ_SEED` repeats a run. */
export const SEED = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31);

/** `FUZZ_SHARE=0.1` makes a tenth of the cases, to try something. */
export const SHARE = Number(process.env.FUZZ_SHARE ?? 1);

/** How many cases were made so far, by what they are about. */
export const made = new Map<string, number>();

type Check<Case> = (one: Case) => void | Promise<void>;

export type Subject = keyof typeof OVER_HTTP | keyof typeof BELOW_HTTP;

/** How many cases of a subject a run makes: no more, no fewer. */
export function planned(subject: Subject): number {
  return Math.ceil({ ...OVER_HTTP, ...BELOW_HTTP }[subject] * SHARE);
}

/**
 * Makes the cases of a subject and checks each; several at a time where they wait for a server. A failure is shrunk, and
 * reported with the seed and the path that repeat it.
 */
export async function fuzz<Case>(
  subject: Subject,
  cases: fc.Arbitrary<Case>,
  check: Check<Case>,
  lanes = LANES,
): Promise<void> {
  const property = counted(subject, cases, 1, check);
  await Promise.all(
    sharedOut(planned(subject), lanes).map((numRuns, lane) =>
      fc.assert(property, { numRuns, seed: SEED + lane, endOnFailure: false }),
    ),
  );
}

/** Likewise, with so many cases at once in each check, one check after another. */
export async function fuzzAtOnce<Case>(
  subject: Subject,
  cases: fc.Arbitrary<Case>,
  atOnce: number,
  check: Check<Case[]>,
): Promise<void> {
  const size = { minLength: atOnce, maxLength: atOnce, size: 'max' } as const;
  const numRuns = Math.ceil(planned(subject) / atOnce);
  await fc.assert(counted(subject, fc.array(cases, size), atOnce, check), { numRuns, seed: SEED, endOnFailure: false });
}

/** One case for each thing there is. @param cases those of one thing */
export async function fuzzEach<Thing, Case>(
  subject: string,
  things: readonly Thing[],
  cases: (thing: Thing, at: number) => fc.Arbitrary<Case>,
  check: Check<Case>,
): Promise<void> {
  const all = things.slice(0, Math.ceil(things.length * SHARE)).map((thing, at) => ({ thing, at }));
  const lane = async (): Promise<void> => {
    for (let next = all.pop(); next; next = all.pop()) {
      const property = counted(subject, cases(next.thing, next.at), 1, check);
      await fc.assert(property, { numRuns: 1, seed: SEED + next.at, endOnFailure: false });
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}

function counted<Case>(
  subject: string,
  cases: fc.Arbitrary<Case>,
  weight: number,
  check: Check<Case>,
): fc.IAsyncProperty<[Case]> {
  return fc.asyncProperty(cases, async (one) => {
    made.set(subject, (made.get(subject) ?? 0) + weight);
    try {
      await check(one);
    } catch (thrown) {
      throw new Error(`${JSON.stringify(one)}: ${thrown instanceof Error ? thrown.message : String(thrown)}`, {
        cause: thrown,
      });
    }
  });
}

/** A number in parts that differ by one at most, and are the number together. Lanes that would have nothing are left out. */
export function sharedOut(number: number, parts: number): number[] {
  const each = Array.from({ length: parts }, (_, at) => Math.floor((number + at) / parts));
  return each.filter((count) => count > 0);
}

/** What was made, in a line for a person. */
export function summary(): string {
  const all = [...made].map(([subject, count]) => `${subject} ${count}`);
  return `fuzz: ${totalMade()} cases with FUZZ_SEED=${SEED} (${all.join(', ')})`;
}

export function totalMade(): number {
  return [...made.values()].reduce((sum, count) => sum + count, 0);
}
