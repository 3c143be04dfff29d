import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { jaroWinkler } from '../../../../../src/fhir/operations/match/jaro-winkler.ts';

describe('the likeness of two texts', () => {
  // Worked by hand from the definition.
  test.each([
    ['martha', 'marhta', 0.961],
    ['dwayne', 'duane', 0.84],
    ['dixon', 'dicksonx', 0.813],
    ['a', 'a', 1],
    ['', '', 1],
    ['abc', 'xyz', 0],
    ['', 'a', 0],
  ])('%s and %s: %d', (a, b, likeness) => {
    expect(jaroWinkler(a, b)).toBeCloseTo(likeness, 3);
  });

  test('is symmetric, from 0 to 1, and 1 only for the same', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'ä') }),
        fc.string({ unit: fc.constantFrom('a', 'b', 'c') }),
        (a, b) => {
          const likeness = jaroWinkler(a, b);
          expect(likeness).toBe(jaroWinkler(b, a));
          expect(likeness >= 0 && likeness <= 1).toBe(true);
          expect(likeness === 1).toBe(a === b);
        },
      ),
      { numRuns: 1_000 },
    );
  });
});
