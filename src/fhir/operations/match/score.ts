import type { Patient } from '@medplum/fhirtypes';
import { type Comparison, compareBirthDates, compareIdentifiers, compareNames, compareSets } from './compare.ts';
import { type Person, personOf } from './person.ts';

/** @see https://hl7.org/fhir/R4/valueset-match-grade.html */
export type MatchGrade = 'certain' | 'probable' | 'possible' | 'certainly-not';

/** Whether two records are of one person: 0 … 1, what that amounts to, and why. */
export interface MatchScore {
  readonly score: number;
  readonly grade: MatchGrade;
  /** What was compared and how it came out, e.g. `family: same`. No values. */
  readonly reasons: readonly string[];
}

type Field =
  | 'identifier'
  | 'family'
  | 'given'
  | 'birthDate'
  | 'gender'
  | 'phone'
  | 'email'
  | 'line'
  | 'postcode'
  | 'city';
type Weights = Readonly<Record<Exclude<Comparison, 'unknown'>, number>>;

/**
 * What each field says, as the binary logarithm of how much likelier the outcome is when two records are of one person
 * than when they are of two (Fellegi and Sunter). A field that one of them leaves out says nothing.
 * @see https://doi.org/10.1080/01621459.1969.10501049
 */
export const WEIGHTS: Readonly<Record<Field, Weights>> = {
  // One number of one issuer is one person's; a second number of the same issuer happens (a record made twice).
  identifier: { same: 16, close: 0, different: -6 },
  // About one in 250 shares a family name; it changes by marriage, so that a different one says less.
  family: { same: 8, close: 4, different: -3 },
  given: { same: 6.5, close: 3, different: -6 },
  // One in about 2,000 to 20,000 was born on the same day; a slip is far rarer than a truth.
  birthDate: { same: 11, close: 4, different: -7 },
  gender: { same: 1, close: 0, different: -3 },
  // People move and change their numbers: that they differ says little.
  phone: { same: 8, close: 0, different: -0.5 },
  email: { same: 9, close: 0, different: -0.5 },
  line: { same: 6, close: 3, different: -1 },
  postcode: { same: 4, close: 0, different: -1 },
  city: { same: 2, close: 1, different: -0.5 },
};

/** Of the pairs that are compared about one in eight thousand is of one person: a name alone proves little. */
const PRIOR = -13;

/** Who lives together shares all of this: it counts as one piece of evidence, not as five. */
const HOUSEHOLD: readonly Field[] = ['phone', 'email', 'line', 'postcode', 'city'];
const MOST_OF_HOUSEHOLD = 9;

/** Only an identifier or the rule of exact agreement makes a match certain: what is counted together never does. */
const CERTAIN = 0.98;
const MOST_BY_COUNTING = 0.97;
/** With an identifier in common, but a name or birth date that contradicts: a person must look. */
const MOST_CONTRADICTED_IDENTIFIER = 0.9;
/** Twins, father and son, namesakes: alike in all but the given name, or all but the birth date. */
const MOST_CONTRADICTED = 0.6;
const MOST_CONTRADICTED_TWICE = 0.05;
const PROBABLE = 0.8;
const POSSIBLE = 0.2;

/** How likely two patient records are of one person. Pure and symmetric; agreeing in more never lowers it. */
export function scoreMatch(a: Patient, b: Patient): MatchScore {
  return scorePeople(personOf(a), personOf(b));
}

/** As `scoreMatch`, of people already brought into the form in which they are compared. */
export function scorePeople(a: Person, b: Person): MatchScore {
  const compared = compare(a, b);
  const certain = isCertain(compared);
  const score = certain ? Math.max(CERTAIN, probability(compared)) : Math.min(mostOf(compared), probability(compared));
  const reasons = [...compared]
    .filter(([, outcome]) => outcome !== 'unknown')
    .map(([field, how]) => `${field}: ${how}`);
  return { score: Math.round(score * 10_000) / 10_000, grade: certain ? 'certain' : gradeOf(score), reasons };
}

type Compared = ReadonlyMap<Field, Comparison>;

function compare(a: Person, b: Person): Compared {
  const { family, given, transposed } = compareNames(a, b);
  return new Map<Field, Comparison>([
    ['identifier', compareIdentifiers(a, b)],
    ['family', transposed ? 'close' : family],
    ['given', transposed ? 'close' : given],
    ['birthDate', compareBirthDates(a.birthDate, b.birthDate)],
    ['gender', a.gender && b.gender ? (a.gender === b.gender ? 'same' : 'different') : 'unknown'],
    ['phone', compareSets(a.phones, b.phones)],
    ['email', compareSets(a.emails, b.emails)],
    ['line', compareSets(a.lines, b.lines, true)],
    ['postcode', compareSets(a.postcodes, b.postcodes)],
    ['city', compareSets(a.cities, b.cities, true)],
  ]);
}

function probability(compared: Compared): number {
  let evidence = PRIOR;
  let household = 0;
  for (const [field, outcome] of compared) {
    const weight = outcome === 'unknown' ? 0 : WEIGHTS[field][outcome];
    if (HOUSEHOLD.includes(field)) household += weight;
    else evidence += weight;
  }
  return 1 / (1 + 2 ** -(evidence + Math.min(household, MOST_OF_HOUSEHOLD)));
}

/** The rules that need no counting: an identifier in common, or name and birth date exactly, and one more thing. */
function isCertain(compared: Compared): boolean {
  if (contradictions(compared) > 0) return false;
  if (compared.get('identifier') === 'same') return true;
  const exact = (['family', 'given', 'birthDate'] as const).every((field) => compared.get(field) === 'same');
  const oneMore = (['phone', 'postcode', 'line'] as const).some((field) => compared.get(field) === 'same');
  return exact && oneMore && compared.get('gender') !== 'different' && compared.get('identifier') !== 'different';
}

function contradictions(compared: Compared): number {
  return (['given', 'birthDate'] as const).filter((field) => compared.get(field) === 'different').length;
}

function mostOf(compared: Compared): number {
  const contradicted = contradictions(compared);
  if (contradicted === 0) return MOST_BY_COUNTING;
  if (compared.get('identifier') === 'same') return MOST_CONTRADICTED_IDENTIFIER;
  return contradicted === 1 ? MOST_CONTRADICTED : MOST_CONTRADICTED_TWICE;
}

function gradeOf(score: number): MatchGrade {
  if (score >= PROBABLE) return 'probable';
  return score >= POSSIBLE ? 'possible' : 'certainly-not';
}
