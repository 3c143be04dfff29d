import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Box } from '../../../../src/fhir/search/conditions/condition.ts';
import { tryDateRange } from '../../../../src/fhir/search/date-range.ts';
import { nextAfter, nextBefore, precisionRange } from '../../../../src/fhir/search/filters/decimal.ts';
import { rangeTests } from '../../../../src/fhir/search/filters/read-range.ts';
import { intervalsOf } from '../../../../src/fhir/search/sql/intervals.ts';
import { datesOf, numbersOf } from '../../../../src/fhir/store/index/ranges.ts';

const use = { name: 'date', context: { base: 'https://hub.example', now: new Date('2026-03-01T00:00:00Z') } };

interface Range {
  readonly low: number;
  readonly high: number;
}

/** Whether a box, as SQL reads it, lets a range through. */
function meets(boxes: readonly Box[], { low, high }: Range): boolean {
  const within = (end: number, { from = -Infinity, to = Infinity } = {}): boolean => end >= from && end <= to;
  return boxes.some((box) => within(low, box.low) && within(high, box.high));
}

const dates = (value: string): readonly Box[] => rangeTests(use, 'date', value).flatMap(({ boxes }) => boxes);
const numbers = (value: string): readonly Box[] => rangeTests(use, 'number', value).flatMap(({ boxes }) => boxes);

describe('a date meets a search as the specification says:', () => {
  // The searched value, what is stored, and the prefixes that find it.
  test.each<[string, unknown, string]>([
    ['2013-01-14', '2013-01-14T10:00:00Z', 'eq ge le ap'],
    ['2013-01-14', '2013-01-14', 'eq ge le ap'],
    ['2013-01-14', '2013-01-15T00:00:00Z', 'ne gt ge sa ap'],
    ['2013-01-14', '2013-01-13T23:59:59Z', 'ne lt le eb ap'],
    ['2013-01-14', '2013-01', 'ne gt lt ge le ap'],
    ['2013-01', '2013-01-14', 'eq ge le ap'],
    ['2013-01-14', { start: '2013-01-10', end: '2013-01-20' }, 'ne gt lt ge le ap'],
    ['2013-01-14', { start: '2013-01-14T08:00:00Z', end: '2013-01-14T09:00:00Z' }, 'eq ge le ap'],
    ['2013-01-14', { start: '2013-01-10' }, 'ne gt lt ge le ap'],
    ['2013-01-14', { end: '2013-01-10' }, 'ne lt le eb ap'],
    ['2013-01-14', { start: '2013-01-15' }, 'ne gt ge sa ap'],
    ['2013-01-14', '1980', 'ne lt le eb'],
    ['2013-01-14T10:00:00Z', '2013-01-14T10:00:00.500Z', 'eq ge le ap'],
    ['2013-01-14T11:00:00+01:00', '2013-01-14T10:00:00Z', 'eq ge le ap'],
  ])('%s, where it is %j: %s', (searched, stored, prefixes) => {
    const type = typeof stored === 'string' ? 'dateTime' : 'Period';
    const [range] = datesOf({ type, value: stored });
    const found = ['eq', 'ne', 'gt', 'lt', 'ge', 'le', 'sa', 'eb', 'ap'].filter((prefix) =>
      meets(dates(prefix + searched), range as Range),
    );
    expect(found.join(' ')).toBe(prefixes);
    expect(meets(dates(searched), range as Range)).toBe(found.includes('eq'));
  });

  test('whatever the dates are', () => {
    const day = fc.date({ min: new Date('1900-01-01'), max: new Date('2100-01-01'), noInvalidDate: true });
    const text = fc
      .tuple(day, fc.constantFrom(4, 7, 10, 19))
      .map(([at, length]) => `${at.toISOString().slice(0, length)}${length === 19 ? 'Z' : ''}`);
    fc.assert(
      fc.property(text, text, (searched, stored) => {
        const [a, b] = ends(searched);
        const [low, high] = ends(stored);
        const contained = low >= a && high <= b;
        const expected = {
          eq: contained,
          ne: !contained,
          gt: high > b,
          lt: low < a,
          ge: high > b || contained,
          le: low < a || contained,
          sa: low > b,
          eb: high < a,
        };
        for (const [prefix, isFound] of Object.entries(expected)) {
          expect([prefix, meets(dates(prefix + searched), { low, high })]).toEqual([prefix, isFound]);
        }
      }),
    );
  });
});

function ends(text: string): [number, number] {
  const range = tryDateRange(text);
  return [range?.startsAt.getTime() ?? Number.NaN, range?.endsAt.getTime() ?? Number.NaN];
}

describe('a number meets a search as the specification says:', () => {
  test.each<[string, number, string]>([
    ['100', 100, 'eq ge le ap'],
    ['100', 99.5, 'eq lt le eb ap'],
    ['100', 100.5, 'ne gt ge sa ap'],
    ['100', 100.4999, 'eq gt ge sa ap'],
    ['100', 99.4999, 'ne lt le eb ap'],
    ['100.00', 100.004, 'eq gt ge sa ap'],
    ['100.00', 100.005, 'ne gt ge sa ap'],
    ['1e2', 104, 'eq gt ge sa ap'],
    ['1e2', 94, 'ne lt le eb ap'],
    ['5.40e-3', 0.005404, 'eq gt ge sa ap'],
    ['5.40e-3', 0.005405, 'ne gt ge sa ap'],
    ['-2', -2.4, 'eq lt le eb'],
    ['0', 0.4, 'eq gt ge sa'],
    ['0.0', 0, 'eq ge le ap'],
    ['100', 120, 'ne gt ge sa'],
  ])('%s, where it is %d: %s', (searched, stored, prefixes) => {
    const [range] = numbersOf({ type: 'decimal', value: stored });
    const found = ['eq', 'ne', 'gt', 'lt', 'ge', 'le', 'sa', 'eb', 'ap'].filter((prefix) =>
      meets(numbers(prefix + searched), range as Range),
    );
    expect(found.join(' ')).toBe(prefixes);
  });

  test('a quantity may be less than what is said, or lie between two values', () => {
    const less = numbersOf({ type: 'Quantity', value: { value: 5, comparator: '<' } })[0] as Range;
    expect([meets(numbers('lt1'), less), meets(numbers('gt6'), less)]).toEqual([true, false]);
    const between = numbersOf({ type: 'Range', value: { low: { value: 1 }, high: { value: 9 } } })[0] as Range;
    expect([meets(numbers('5'), between), meets(numbers('ge9'), between), meets(numbers('sa0'), between)]).toEqual([
      false,
      true,
      true,
    ]);
  });

  test.each(['', 'x', '1.', '.5', '--1', '1e', '1e9999', 'Infinity', 'NaN', '0x10', '1_000', ' 1'])(
    '%j is none',
    (text) => {
      expect(precisionRange(text)).toBeUndefined();
    },
  );

  test('numbers beside each other have none between them', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const after = nextAfter(value);
        expect(after).toBeGreaterThan(value);
        expect([value, after]).toContain(value + (after - value) / 2);
        expect(nextBefore(after)).toBe(value === 0 ? 0 : value);
      }),
    );
  });
});

describe('spans of moments', () => {
  test('that meet become one, so that an index can be read through', () => {
    expect(intervalsOf(dates('ge2026-03-01'))).toHaveLength(1);
    expect(intervalsOf(dates('ne2026-03-01'))).toHaveLength(2);
    expect(intervalsOf([...dates('2026-03-01'), ...dates('2026-03-02')])).toHaveLength(1);
    expect(intervalsOf([...dates('2026-03-01'), ...dates('2026-03-03')])).toHaveLength(2);
  });

  test('that nothing can be in are none', () => {
    expect(intervalsOf(dates('gt9999-12-31T23:59:59Z'))).toEqual([]);
    expect(intervalsOf(dates('lt0001-01-01'))).toEqual([]);
  });
});
