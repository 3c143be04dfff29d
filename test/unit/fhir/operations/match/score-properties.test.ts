import { describe, expect, test } from '@jest/globals';
import type { Patient } from '@medplum/fhirtypes';
import fc from 'fast-check';
import { scoreMatch } from '../../../../../src/fhir/operations/match/score.ts';
import { type LabelledPair, labelledPairs, seeded } from './people.ts';

const word = fc.string({
  unit: fc.constantFrom('a', 'é', 'ö', 'n', 's', 'K', "'", ' ', '王'),
  minLength: 1,
  maxLength: 9,
});
const letters = fc.string({ unit: fc.constantFrom('a', 'e', 'n', 's', 'k'), minLength: 2, maxLength: 9 });
const date = fc.constantFrom('1950-05-04', '1950-04-05', '1950-05-14', '1950-05', '1950', '1980-01-01');
const digits = fc.constantFrom('0701234567', '070 765 43 21', '+46701234567', '12');
const anybody: fc.Arbitrary<Patient> = fc.record(
  {
    resourceType: fc.constant('Patient' as const),
    identifier: fc.array(fc.record({ system: fc.constantFrom('a', 'b'), value: fc.constantFrom('1', '2') }), {
      maxLength: 2,
    }),
    name: fc.array(fc.record({ family: word, given: fc.array(word, { maxLength: 2 }) }), { maxLength: 2 }),
    gender: fc.constantFrom('male' as const, 'female' as const, 'unknown' as const),
    birthDate: date,
    telecom: fc.array(fc.record({ system: fc.constant('phone' as const), value: digits }), { maxLength: 2 }),
    address: fc.array(
      fc.record({
        line: fc.array(word, { maxLength: 1 }),
        city: word,
        postalCode: fc.constantFrom('12345', '12345-6789', 'N1 9GU'),
      }),
      { maxLength: 1 },
    ),
  },
  { requiredKeys: ['resourceType'] },
);
const described = fc.record({
  resourceType: fc.constant('Patient' as const),
  name: fc.array(fc.record({ family: letters, given: fc.array(letters, { minLength: 1, maxLength: 2 }) }), {
    minLength: 1,
    maxLength: 2,
  }),
  birthDate: fc.constantFrom('1950-05-04', '1980-01-01'),
  address: fc.array(
    fc.record({ line: fc.array(letters, { minLength: 1, maxLength: 1 }), postalCode: fc.constant('12345') }),
    { minLength: 1, maxLength: 1 },
  ),
});

describe('the score of a match', () => {
  test('is from 0 to 1, and the same whichever of the two is asked for', () => {
    fc.assert(
      fc.property(anybody, anybody, (one, other) => {
        const scored = scoreMatch(one, other);
        expect(scored).toEqual(scoreMatch(other, one));
        expect(scored.score >= 0 && scored.score <= 1).toBe(true);
        expect(scored.grade === 'certain').toBe(scored.score >= 0.98);
      }),
      { numRuns: 2_000 },
    );
  });

  test('is the same though several of their names compare equally well', () => {
    const one: Patient = {
      resourceType: 'Patient',
      name: [{ family: 'a', given: ['öa'] }, { family: 'a' }],
    };
    const other: Patient = {
      resourceType: 'Patient',
      name: [
        { family: "'", given: ['a'] },
        { family: '王', given: ['ö'] },
      ],
    };
    expect(scoreMatch(one, other)).toEqual(scoreMatch(other, one));
  });

  test('of somebody well described with themselves is certain', () => {
    fc.assert(fc.property(described, (patient) => scoreMatch(patient, { ...patient }).grade === 'certain'));
  });

  test('is never lowered by one thing more that they agree in', () => {
    const more: Readonly<Record<string, Partial<Patient>>> = {
      identifier: { identifier: [{ system: 'a', value: '9' }] },
      gender: { gender: 'female' },
      birthDate: { birthDate: '1950-05-04' },
      name: { name: [{ family: 'Haddad', given: ['Omar'] }] },
      telecom: { telecom: [{ system: 'phone', value: '0709999999' }] },
      address: { address: [{ line: ['Storgatan 1'], postalCode: '99999', city: 'Lund' }] },
    };
    fc.assert(
      fc.property(anybody, anybody, fc.constantFrom(...Object.keys(more)), (one, other, field) => {
        const before = scoreMatch(one, other).score;
        const after = scoreMatch({ ...one, ...more[field] }, { ...other, ...more[field] }).score;
        expect(after).toBeGreaterThanOrEqual(before);
      }),
      { numRuns: 3_000 },
    );
  });
});

describe('of 20,000 labelled pairs, the match', () => {
  const pairs = labelledPairs(20_000, seeded(1_966)).map((pair) => ({ ...pair, ...scoreMatch(pair.one, pair.other) }));
  const found = pairs.filter(({ grade }) => grade === 'certain' || grade === 'probable');

  test('never takes two people for certain to be one', () => {
    const wrong = pairs.filter(({ grade, same }) => grade === 'certain' && !same);
    expect(wrong.map(({ kind, one, other }) => ({ kind, one, other }))).toEqual([]);
    expect(pairs.filter(({ grade }) => grade === 'certain').length).toBeGreaterThan(1_000);
  });

  test('leads to those who are one, and seldom to others', () => {
    const right = found.filter(({ same }) => same).length;
    const precision = right / found.length;
    const recall = right / pairs.filter(({ same }) => same).length;
    process.stdout.write(`$match: precision ${precision.toFixed(4)}, recall ${recall.toFixed(4)} (${table(pairs)})\n`);
    expect(precision).toBeGreaterThan(0.98);
    expect(recall).toBeGreaterThan(0.95);
  });
});

function table(pairs: readonly (LabelledPair & { grade: string })[]): string {
  const counts = new Map<string, number>();
  for (const { kind, grade } of pairs) counts.set(`${kind} ${grade}`, (counts.get(`${kind} ${grade}`) ?? 0) + 1);
  return [...counts]
    .sort()
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');
}
