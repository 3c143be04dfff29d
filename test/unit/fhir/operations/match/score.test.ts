import { describe, expect, test } from '@jest/globals';
import type { Patient } from '@medplum/fhirtypes';
import { personOf } from '../../../../../src/fhir/operations/match/person.ts';
import { type MatchGrade, scoreMatch } from '../../../../../src/fhir/operations/match/score.ts';

const MRN = 'https://hospital.example/mrn';

const asa: Patient = {
  resourceType: 'Patient',
  identifier: [{ system: MRN, value: '1' }],
  name: [{ family: 'Löwenström', given: ['Åsa', 'Margareta'] }],
  gender: 'female',
  birthDate: '1950-05-04',
  telecom: [
    { system: 'phone', value: '+46 (0)70-123 45 67' },
    { system: 'email', value: 'asa@example.org' },
  ],
  address: [{ line: ['Storgatan 1'], city: 'Malmö', postalCode: '211 34' }],
};
const { identifier: _identifier, ...unnumbered } = asa;

/** Two patients, and what a person who looks at them would say. */
const EXAMPLES: readonly (readonly [name: string, one: Patient, other: Patient, grade: MatchGrade])[] = [
  ['the same record', asa, asa, 'certain'],
  [
    'an identifier in common, and nothing else said',
    { resourceType: 'Patient', identifier: asa.identifier ?? [] },
    asa,
    'certain',
  ],
  [
    'name, birth date and phone, written otherwise',
    unnumbered,
    {
      resourceType: 'Patient',
      name: [{ family: 'LOWENSTROM', given: ['asa'] }],
      birthDate: '1950-05-04',
      telecom: [{ system: 'phone', value: '070 1234567' }],
    },
    'certain',
  ],
  [
    'name and birth date, but nothing more',
    { resourceType: 'Patient', name: asa.name ?? [], birthDate: '1950-05-04' },
    asa,
    'probable',
  ],
  [
    'a slip in the family name',
    unnumbered,
    { ...unnumbered, name: [{ family: 'Lövenström', given: ['Åsa'] }] },
    'probable',
  ],
  ['day and month exchanged', unnumbered, { ...unnumbered, birthDate: '1950-04-05' }, 'probable'],
  ['one digit of the birth date wrong', unnumbered, { ...unnumbered, birthDate: '1950-05-14' }, 'probable'],
  [
    'family and given name exchanged',
    unnumbered,
    { ...unnumbered, name: [{ family: 'Åsa Margareta', given: ['Löwenström'] }] },
    'probable',
  ],
  [
    'a new family name after a marriage',
    unnumbered,
    { ...unnumbered, name: [{ family: 'Ek', given: ['Åsa'] }] },
    'probable',
  ],
  [
    'moved, with a new phone',
    unnumbered,
    { ...unnumbered, telecom: [], address: [{ line: ['Lillgatan 9'], city: 'Lund', postalCode: '22222' }] },
    'probable',
  ],
  [
    'called by her second name',
    unnumbered,
    { ...unnumbered, name: [{ family: 'Löwenström', given: ['Margareta'] }] },
    'probable',
  ],
  [
    'only the initial is known',
    unnumbered,
    { ...unnumbered, name: [{ family: 'Löwenström', given: ['Å.'] }] },
    'probable',
  ],
  [
    'exact, but the same issuer gave another number',
    asa,
    { ...asa, identifier: [{ system: MRN, value: '2' }] },
    'probable',
  ],
  [
    'a number in common, but another given name: a family that shares it',
    asa,
    { ...asa, name: [{ family: 'Löwenström', given: ['Karin'] }] },
    'probable',
  ],
  ['twins', unnumbered, { ...unnumbered, name: [{ family: 'Löwenström', given: ['Karin'] }] }, 'possible'],
  ['father and son of one name', unnumbered, { ...unnumbered, birthDate: '1978-11-20' }, 'possible'],
  [
    'brother and sister',
    unnumbered,
    { ...unnumbered, name: [{ family: 'Löwenström', given: ['Nils'] }], gender: 'male', birthDate: '1953-01-30' },
    'certainly-not',
  ],
  [
    'namesakes of whom no birth date is known',
    { resourceType: 'Patient', name: asa.name ?? [] },
    { resourceType: 'Patient', name: asa.name ?? [] },
    'possible',
  ],
  ['a family name in common', { resourceType: 'Patient', name: [{ family: 'Löwenström' }] }, asa, 'certainly-not'],
  [
    'a birth date in common',
    { resourceType: 'Patient', birthDate: '1950-05-04' },
    { resourceType: 'Patient', birthDate: '1950-05-04', name: [{ family: 'Ek', given: ['Bo'] }] },
    'possible',
  ],
  [
    'nothing in common',
    asa,
    { resourceType: 'Patient', name: [{ family: 'Haddad', given: ['Omar'] }], birthDate: '1980-06-01' },
    'certainly-not',
  ],
  ['nothing said', { resourceType: 'Patient' }, { resourceType: 'Patient' }, 'certainly-not'],
];

describe('two patient records are of one person', () => {
  test.each(EXAMPLES)('%s', (_name, one, other, grade) => {
    const scored = scoreMatch(one, other);
    expect({ ...scored, grade: scored.grade }).toMatchObject({ grade });
    expect(scoreMatch(other, one)).toEqual(scored);
  });

  test('and it is said why, without saying what they are called', () => {
    expect(scoreMatch(asa, { ...asa, birthDate: '1950-04-05', telecom: [] }).reasons).toEqual([
      'identifier: same',
      'family: same',
      'given: same',
      'birthDate: close',
      'gender: same',
      'line: same',
      'postcode: same',
      'city: same',
    ]);
  });
});

test('of a patient with any number of names and addresses a part is compared', () => {
  const many = <T>(value: T): T[] => Array.from({ length: 1_000 }, () => value);
  const person = personOf({
    resourceType: 'Patient',
    name: many({ family: 'x'.repeat(5_000), given: many('y') }),
    address: Array.from({ length: 1_000 }, (_, at) => ({ city: `city ${at}`, line: many(`line ${at}`) })),
  });
  expect(person.names).toHaveLength(5);
  expect([person.names[0]?.family.length, person.names[0]?.given.length]).toEqual([60, 5]);
  expect([person.lines.size, person.cities.size]).toEqual([5, 5]);
});
