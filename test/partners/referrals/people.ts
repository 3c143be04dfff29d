/** Somebody who does not exist. */
export interface Person {
  readonly given: string;
  readonly family: string;
  readonly gender: 'female' | 'male' | 'other';
  readonly birthDate: string;
  readonly line: string;
}

const GIVEN = [
  ['Amina', 'female'],
  ['Bruno', 'male'],
  ['Chidi', 'male'],
  ['Dolores', 'female'],
  ['Emil', 'male'],
  ['Fatima', 'female'],
  ['Grace', 'female'],
  ['Hannu', 'male'],
  ['Iris', 'female'],
  ['Jun', 'other'],
  ['Katarzyna', 'female'],
  ['Lamar', 'male'],
  ['Mei', 'female'],
] as const;

const FAMILY = [
  'Okafor',
  'Lindqvist',
  'Ramirez',
  'Chen',
  'Novak',
  'Park',
  'Haddad',
  'Brooks',
  'Silva',
  'Iyer',
  'Moreau',
] as const;
const STREETS = [
  'Elm Street',
  'North 4th Street',
  'Orchard Lane',
  'Mill Road',
  'Harbor Avenue',
  'Cedar Court',
  'Union Street',
] as const;

/** The n-th of people who do not exist: the same number is always the same person. Pure. */
export function personOf(number: number): Person {
  const [given, gender] = GIVEN[number % GIVEN.length] ?? GIVEN[0];
  return {
    given,
    family: FAMILY[number % FAMILY.length] ?? FAMILY[0],
    gender,
    birthDate: `${1940 + ((number * 7) % 65)}-${twoDigits(1 + (number % 12))}-${twoDigits(1 + ((number * 5) % 28))}`,
    line: `${1 + ((number * 37) % 290)} ${STREETS[number % STREETS.length]}`,
  };
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
