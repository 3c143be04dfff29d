import { jaroWinkler } from './jaro-winkler.ts';
import type { ComparedName, Person } from './person.ts';

/** How one field of two people compares; `unknown` when one of them does not say. */
export type Comparison = 'same' | 'close' | 'different' | 'unknown';

/** From here on two names are taken for one with a slip in it. */
const ALIKE = 0.88;
/** Short names differ by a letter easily: Jon and Jan are two people's. */
const SHORTEST_ALIKE = 4;

/** How the names of two people compare. */
export interface NameComparison {
  readonly family: Comparison;
  readonly given: Comparison;
  /** Whether one of them has the family name where the other has the given name. */
  readonly transposed: boolean;
}

const RANKS: Readonly<Record<Comparison, number>> = { same: 3, close: 2, unknown: 1, different: 0 };

/** The best that any of their names compare. Pure and symmetric. */
export function compareNames(a: Person, b: Person): NameComparison {
  const pairs = a.names.flatMap((one) => b.names.flatMap((other) => [straight(one, other), transposed(one, other)]));
  // Of those that rank the same the family name decides: whose names are asked for first must not.
  const best = pairs.sort((one, other) => rankOf(other) - rankOf(one) || RANKS[other.family] - RANKS[one.family])[0];
  return best ?? { family: 'unknown', given: 'unknown', transposed: false };
}

function rankOf({ family, given, transposed }: NameComparison): number {
  return RANKS[family] + RANKS[given] - (transposed ? 0.5 : 0);
}

function straight(one: ComparedName, other: ComparedName): NameComparison {
  // Where it is a guess which part is which, the whole decides.
  if ((one.isGuess || other.isGuess) && one.whole === other.whole)
    return { family: 'same', given: 'same', transposed: false };
  return {
    family: compareText(one.family, other.family),
    given: compareGiven(one.given, other.given),
    transposed: false,
  };
}

function transposed(one: ComparedName, other: ComparedName): NameComparison {
  const family = compareText(one.family, other.given.join(''));
  const given = compareText(one.given.join(''), other.family);
  const both = family === 'same' && given === 'same';
  return both ? { family, given, transposed: true } : { family: 'different', given: 'different', transposed: true };
}

function compareText(a: string, b: string): Comparison {
  if (a === '' || b === '') return 'unknown';
  if (a === b) return 'same';
  return isAlike(a, b) ? 'close' : 'different';
}

function isAlike(a: string, b: string): boolean {
  return Math.min(a.length, b.length) >= SHORTEST_ALIKE && jaroWinkler(a, b) >= ALIKE;
}

/** The first given name counts; a second one that contradicts makes it doubtful, an initial stands for a name. */
function compareGiven(a: readonly string[], b: readonly string[]): Comparison {
  const [a1, a2] = a;
  const [b1, b2] = b;
  if (a1 === undefined || b1 === undefined) return 'unknown';
  if (a1 === b1)
    return a2 === undefined || b2 === undefined || isInitialOf(a2, b2) || isAlike(a2, b2) || a2 === b2
      ? 'same'
      : 'close';
  if (isInitialOf(a1, b1) || isAlike(a1, b1)) return 'close';
  // Called by the second name.
  return a.some((name) => name.length > 1 && b.includes(name)) ? 'close' : 'different';
}

function isInitialOf(a: string, b: string): boolean {
  return (a.length === 1 || b.length === 1) && a[0] === b[0];
}

/** Whether two birth dates are one; close: day and month exchanged, one digit wrong, or one less precise. Pure and symmetric. */
export function compareBirthDates(a: string | undefined, b: string | undefined): Comparison {
  if (!a || !b) return 'unknown';
  if (a === b) return a.length === 10 ? 'same' : 'close';
  if (a.length !== b.length) return a.startsWith(b) || b.startsWith(a) ? 'close' : 'different';
  return wrongDigits(a, b) === 1 || isSwapped(a, b) ? 'close' : 'different';
}

function wrongDigits(a: string, b: string): number {
  return [...a].filter((digit, at) => digit !== b[at]).length;
}

function isSwapped(a: string, b: string): boolean {
  const [year, month, day] = a.split('-');
  return day !== undefined && b === `${year}-${day}-${month}`;
}

/** Whether any value of one is among the other's; `close` where none is, but two are alike. Pure and symmetric. */
export function compareSets(a: ReadonlySet<string>, b: ReadonlySet<string>, alike = false): Comparison {
  if (a.size === 0 || b.size === 0) return 'unknown';
  if ([...a].some((value) => b.has(value))) return 'same';
  return alike && [...a].some((value) => [...b].some((other) => isAlike(value, other))) ? 'close' : 'different';
}

/** Whether they have one identifier in common; different: each has another in the same system. Pure and symmetric. */
export function compareIdentifiers(a: Person, b: Person): Comparison {
  const shared = [...a.identifiers].flatMap(([system, values]) => {
    const others = b.identifiers.get(system);
    return others ? [compareSets(values, others)] : [];
  });
  if (shared.includes('same')) return 'same';
  return shared.length > 0 ? 'different' : 'unknown';
}
