import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { dateRange } from '../../../../src/fhir/search/date-range.ts';

describe('a FHIR date stands for', () => {
  test.each([
    ['a year', '2026', '2026-01-01T00:00:00.000Z', '2026-12-31T23:59:59.999Z'],
    ['a month', '2026-02', '2026-02-01T00:00:00.000Z', '2026-02-28T23:59:59.999Z'],
    ['the February of a leap year', '2028-02', '2028-02-01T00:00:00.000Z', '2028-02-29T23:59:59.999Z'],
    ['December', '2026-12', '2026-12-01T00:00:00.000Z', '2026-12-31T23:59:59.999Z'],
    ['a day', '2026-03-02', '2026-03-02T00:00:00.000Z', '2026-03-02T23:59:59.999Z'],
    ['a minute', '2026-03-02T09:30Z', '2026-03-02T09:30:00.000Z', '2026-03-02T09:30:59.999Z'],
    ['a minute of no zone, as UTC', '2026-03-02T09:30', '2026-03-02T09:30:00.000Z', '2026-03-02T09:30:59.999Z'],
    ['a second', '2026-03-02T09:30:15Z', '2026-03-02T09:30:15.000Z', '2026-03-02T09:30:15.999Z'],
    ['a second elsewhere', '2026-03-02T00:30:15+09:00', '2026-03-01T15:30:15.000Z', '2026-03-01T15:30:15.999Z'],
    ['a moment', '2026-03-02T09:30:15.250Z', '2026-03-02T09:30:15.250Z', '2026-03-02T09:30:15.250Z'],
    ['a moment in tenths', '2026-03-02T09:30:15.2Z', '2026-03-02T09:30:15.200Z', '2026-03-02T09:30:15.200Z'],
    [
      'a moment in nanoseconds',
      '2026-03-02T09:30:15.250999999Z',
      '2026-03-02T09:30:15.250Z',
      '2026-03-02T09:30:15.250Z',
    ],
  ])('%s: %s', (_name, text, startsAt, endsAt) => {
    expect(dateRange(text)).toEqual({ startsAt: new Date(startsAt), endsAt: new Date(endsAt) });
  });
});

describe('no FHIR date is', () => {
  test.each([
    '',
    'yesterday',
    '26',
    '2026-3-2',
    '2026-13',
    '2026-00',
    '2026-02-30',
    '2026-04-31',
    '2027-02-29',
    '2026-03-02T',
    '2026-03-02T09',
    '2026-03-02T24:00:00Z',
    '2026-03-02T09:60Z',
    '2026-03-02 09:30',
    '2026-03-02T09:30:15.Z',
    '2026-03-02T09:30:15+25:00',
    '2026Z',
    ' 2026',
    '0000',
    '0000-06',
    '0001-01-01T00:00:00+14:00',
    '9999-12-31T23:59:59-12:00',
  ])('"%s"', (text) => {
    expect(() => dateRange(text)).toThrow(new RangeError('not a FHIR date'));
  });
});

const moments = fc.date({ min: new Date('1800-01-01'), max: new Date('2200-01-01'), noInvalidDate: true });

test('a moment lies within every coarser way to say it', () => {
  fc.assert(
    fc.property(moments, fc.constantFrom(4, 7, 10, 16, 19, 23), (moment, length) => {
      const text = moment.toISOString().slice(0, length) + (length > 10 ? 'Z' : '');
      const { startsAt, endsAt } = dateRange(text);
      expect(startsAt.getTime()).toBeLessThanOrEqual(moment.getTime());
      expect(endsAt.getTime()).toBeGreaterThanOrEqual(moment.getTime());
    }),
  );
});

test('years, months and days leave no gap between them', () => {
  fc.assert(
    fc.property(moments, fc.constantFrom(4, 7, 10), (moment, length) => {
      const { endsAt } = dateRange(moment.toISOString().slice(0, length));
      const next = new Date(endsAt.getTime() + 1);
      expect(dateRange(next.toISOString().slice(0, length)).startsAt).toEqual(next);
    }),
  );
});

test('any other text is refused as not a FHIR date, in no other way', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?Z?)?$/)), (text) => {
      try {
        const { startsAt, endsAt } = dateRange(text);
        expect(endsAt >= startsAt).toBe(true);
        // What is accepted is a day that exists: it reads back as it was written.
        expect(startsAt.toISOString().slice(0, Math.min(10, text.length))).toBe(text.slice(0, 10));
      } catch (thrown) {
        expect(thrown).toEqual(new RangeError('not a FHIR date'));
      }
    }),
    { numRuns: 500 },
  );
});
