import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { DEFAULT_POLICY, endOf, type Priority, type Span, spanOf } from '../../../src/loops/policy.ts';
import { NEXT_STEPS } from '../../../src/loops/words.ts';

const moments = fc.date({ min: new Date('2020-01-01'), max: new Date('2040-01-01'), noInvalidDate: true });
const HOUR_MS = 3_600_000;

describe('a span in working days', () => {
  // 2026-03-02 is a Monday.
  test.each([
    ['Monday', '2026-03-02T09:00:00Z', 1, '2026-03-03T09:00:00Z'],
    ['Thursday, over the weekend', '2026-03-05T16:30:00Z', 2, '2026-03-09T16:30:00Z'],
    ['Friday', '2026-03-06T09:00:00Z', 1, '2026-03-09T09:00:00Z'],
    ['Friday, three days', '2026-03-06T09:00:00Z', 3, '2026-03-11T09:00:00Z'],
    ['Saturday', '2026-03-07T12:00:00Z', 1, '2026-03-09T12:00:00Z'],
    ['Sunday', '2026-03-08T23:59:59Z', 1, '2026-03-09T23:59:59Z'],
    ['Friday, over two weekends', '2026-03-06T09:00:00Z', 6, '2026-03-16T09:00:00Z'],
    ['no time at all', '2026-03-07T12:00:00Z', 0, '2026-03-07T12:00:00Z'],
  ])('from %s', (_name, from, workingDays, end) => {
    expect(endOf(new Date(from), { workingDays })).toEqual(new Date(end));
  });

  test('ends on a working day, at the hour it began, after exactly so many working days', () => {
    fc.assert(
      fc.property(moments, fc.integer({ min: 1, max: 40 }), (from, workingDays) => {
        const end = endOf(from, { workingDays });
        expect([0, 6]).not.toContain(end.getUTCDay());
        expect(end.getTime() % (24 * HOUR_MS)).toBe(from.getTime() % (24 * HOUR_MS));
        const days = (end.getTime() - from.getTime()) / (24 * HOUR_MS);
        const passed = Array.from({ length: days }, (_, at) => new Date(from.getTime() + (at + 1) * 24 * HOUR_MS));
        expect(passed.filter((day) => day.getUTCDay() % 6 !== 0)).toHaveLength(workingDays);
      }),
    );
  });

  test('does not touch the moment it is counted from', () => {
    const from = new Date('2026-03-06T09:00:00Z');
    endOf(from, { workingDays: 5 });
    expect(from).toEqual(new Date('2026-03-06T09:00:00Z'));
  });
});

test('a span in hours runs through the weekend', () => {
  fc.assert(
    fc.property(moments, fc.integer({ min: 0, max: 2_000 }), (from, hours) => {
      expect(endOf(from, { hours }).getTime() - from.getTime()).toBe(hours * HOUR_MS);
    }),
  );
});

describe('by default', () => {
  test.each<[Priority, Span]>([
    ['stat', { hours: 1 }],
    ['asap', { hours: 4 }],
    ['urgent', { workingDays: 1 }],
    ['routine', { workingDays: 2 }],
  ])('a %s referral is decided within %j', (priority, span) => {
    expect(spanOf(DEFAULT_POLICY, 'decide', priority)).toEqual(span);
  });

  test('the client is contacted within three working days, and news come every fourteen days', () => {
    expect(spanOf(DEFAULT_POLICY, 'first-contact', 'routine')).toEqual({ workingDays: 3 });
    expect(spanOf(DEFAULT_POLICY, 'progress', 'routine')).toEqual({ hours: 14 * 24 });
    expect(DEFAULT_POLICY.complete).toEqual({ hours: 30 * 24 });
    expect(spanOf(DEFAULT_POLICY, 'confirm-closing', 'routine')).toEqual({ hours: 24 });
  });

  test('every step ends after it begins', () => {
    fc.assert(
      fc.property(moments, fc.constantFrom(...NEXT_STEPS), (from, step) => {
        expect(endOf(from, spanOf(DEFAULT_POLICY, step, 'routine')).getTime()).toBeGreaterThan(from.getTime());
      }),
    );
  });
});
