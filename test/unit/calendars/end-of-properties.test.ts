import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { IANAZone } from 'luxon';
import { type Calendar, calendarSchema, DAYS_OF_WEEK } from '../../../src/calendars/calendar.ts';
import { endOf, type Span } from '../../../src/calendars/end-of.ts';
import { localTimeAt, momentOf } from '../../../src/calendars/local-time.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Clocks put forward and back in either half of the year, by an hour and by half of one, at midnight, and never. */
const ZONES = [
  'America/New_York',
  'America/Sao_Paulo',
  'America/Santiago',
  'Europe/London',
  'Africa/Cairo',
  'Asia/Kolkata',
  'Asia/Riyadh',
  'Australia/Lord_Howe',
  'Pacific/Auckland',
  'UTC',
];
const zones = fc.constantFrom(...ZONES);

/** Any moment of some years; often near the night in which the clocks of some zone are changed. */
const changes = ZONES.flatMap((zone) => changesOf(zone));
const moments = fc
  .oneof(
    fc.integer({ min: Date.UTC(2017, 0, 1), max: Date.UTC(2030, 0, 1) }),
    fc.tuple(fc.constantFrom(...changes), fc.integer({ min: -3 * DAY_MS, max: 3 * DAY_MS })).map(([at, by]) => at + by),
  )
  .map((at) => new Date(at - (at % 60_000)));

function changesOf(zone: string): number[] {
  const days = Array.from({ length: 13 * 365 }, (_, day) => Date.UTC(2017, 0, 1) + day * DAY_MS);
  return days.filter((at) => IANAZone.create(zone).offset(at) !== IANAZone.create(zone).offset(at + DAY_MS));
}

const times = fc
  .uniqueArray(fc.integer({ min: 0, max: 96 }), { minLength: 2, maxLength: 6 })
  .map((quarters) => quarters.sort((a, b) => a - b));
const hours = times.map((quarters) => {
  const pairs = Array.from({ length: Math.floor(quarters.length / 2) }, (_, at) => quarters.slice(2 * at, 2 * at + 2));
  return pairs.map(([from = 0, to = 96]) => ({ from: clock(from), to: clock(to) }));
});

function clock(quarters: number): string {
  const two = (number: number): string => String(number).padStart(2, '0');
  return `${two(Math.floor(quarters / 4))}:${two((quarters % 4) * 15)}`;
}

const holidays = fc.uniqueArray(
  fc
    .integer({ min: 0, max: 13 * 365 })
    .map((day) => new Date(Date.UTC(2017, 0, 1) + day * DAY_MS).toISOString().slice(0, 10)),
  { maxLength: 20 },
);
const isUsable = (calendar: unknown): boolean => calendarSchema.safeParse(calendar).success;
/** Whatever weeks people have: any days free, any hours. */
const anyCalendar = fc
  .record({ timeZone: zones, hours: fc.dictionary(fc.constantFrom(...DAYS_OF_WEEK), hours, { minKeys: 1 }), holidays })
  .filter(isUsable)
  .map((calendar) => calendarSchema.parse(calendar));
/** The days that are worked are all alike. */
const regularCalendar = fc
  .record({ timeZone: zones, days: fc.subarray([...DAYS_OF_WEEK], { minLength: 1 }), hours, holidays })
  .map(({ days, hours: each, ...rest }) => ({ ...rest, hours: Object.fromEntries(days.map((day) => [day, each])) }))
  .filter(isUsable)
  .map((calendar) => calendarSchema.parse(calendar));

const spans = fc.oneof<fc.Arbitrary<Span>[]>(
  fc.record({ workingDays: fc.integer({ min: 0, max: 30 }) }),
  fc.record({ workingHours: fc.integer({ min: 0, max: 160 }).map((half) => half / 2) }),
  fc.record({ hours: fc.integer({ min: 0, max: 800 }) }),
);

const end = (from: Date, span: Span, calendar: Calendar): number => endOf(from, span, calendar).getTime();
const check = (property: fc.IProperty<never> | unknown): void =>
  fc.assert(property as fc.IProperty<never>, { numRuns: 500 });

/** Whether a moment is from when the work of a day begins to when it ends, both among it. */
function isWithinHours(at: number, day: string, { timeZone, hours, holidays }: Calendar): boolean {
  const openings = hours[DAYS_OF_WEEK[(new Date(day).getUTCDay() + 6) % 7] ?? 'mon'] ?? [];
  const [first, last] = [openings[0], openings.at(-1)];
  if (!first || !last || holidays.includes(day)) return false;
  const [opens, closes] = [atTime(day, first.from), atTime(day, last.to)];
  return at >= momentOf(timeZone, opens) && at <= momentOf(timeZone, closes);
}

describe('whatever the calendar, the zone and the clocks:', () => {
  test('no span ends before it begins, and only none at all ends at once', () => {
    check(
      fc.property(moments, spans, anyCalendar, (from, span, calendar) => {
        const isNone = Object.values(span)[0] === 0;
        if (isNone) expect(end(from, span, calendar)).toBe(from.getTime());
        else expect(end(from, span, calendar)).toBeGreaterThan(from.getTime());
      }),
    );
  });

  test('what begins later does not end sooner', () => {
    const later = fc.oneof(fc.integer({ min: 0, max: 180 }), fc.integer({ min: 0, max: 20_000 }));
    check(
      fc.property(moments, later, spans, anyCalendar, (from, minutes, span, calendar) => {
        const second = new Date(from.getTime() + minutes * 60_000);
        expect(end(second, span, calendar)).toBeGreaterThanOrEqual(end(from, span, calendar));
      }),
    );
  });

  test('a longer span does not end sooner', () => {
    const pairs = fc.tuple(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 20 }));
    check(
      fc.property(moments, pairs, anyCalendar, (from, [a, b], calendar) => {
        for (const unit of ['workingDays', 'workingHours', 'hours']) {
          const span = (amount: number): Span => ({ [unit]: amount }) as unknown as Span;
          expect(end(from, span(a + b), calendar)).toBeGreaterThanOrEqual(end(from, span(a), calendar));
        }
      }),
    );
  });

  test('working hours one after another are as long as together', () => {
    const halves = fc.integer({ min: 0, max: 80 }).map((half) => half / 2);
    check(
      fc.property(moments, halves, halves, anyCalendar, (from, a, b, calendar) => {
        const first = endOf(from, { workingHours: a }, calendar);
        expect(end(first, { workingHours: b }, calendar)).toBe(end(from, { workingHours: a + b }, calendar));
      }),
    );
  });

  test('working days end on a working day, within its hours', () => {
    check(
      fc.property(moments, fc.integer({ min: 1, max: 30 }), anyCalendar, (from, workingDays, calendar) => {
        const at = end(from, { workingDays }, calendar);
        // Midnight ends the work of one day, or begins that of the next.
        const days = [at - 1, at].map((moment) => localTimeAt(calendar.timeZone, moment));
        expect(days.some((local) => isWithinHours(at, new Date(local).toISOString().slice(0, 10), calendar))).toBe(
          true,
        );
      }),
    );
  });
});

function atTime(day: string, time: string): number {
  const [hour = 0, minute = 0] = time.split(':').map(Number);
  return new Date(day).getTime() + (hour * 60 + minute) * 60_000;
}

describe('where all working days are alike', () => {
  test('and no clock is changed, working days one after another are as long as together', () => {
    const counts = fc.integer({ min: 0, max: 15 });
    // Where a day's work ends as that of the next begins, that midnight is of both days.
    const isOfTwoDays = ({ hours: week }: Calendar): boolean =>
      Object.values(week).some((day) => day?.[0]?.from === '00:00' && day.at(-1)?.to === '24:00');
    const steady = regularCalendar
      .filter((calendar) => !isOfTwoDays(calendar))
      .map((calendar) => ({ ...calendar, timeZone: 'Asia/Kolkata' }));
    check(
      fc.property(moments, counts, counts, steady, (from, a, b, calendar) => {
        const first = endOf(from, { workingDays: a }, calendar);
        expect(end(first, { workingDays: b }, calendar)).toBe(end(from, { workingDays: a + b }, calendar));
      }),
    );
  });

  test('each working day is worth the hours of one', () => {
    check(
      fc.property(moments, fc.integer({ min: 1, max: 10 }), regularCalendar, (from, days, given) => {
        const calendar = { ...given, timeZone: 'UTC' };
        const a = workedBetween(from, endOf(from, { workingDays: days }, calendar), calendar);
        expect(a).toBe(days * workedBetween(from, endOf(from, { workingDays: 1 }, calendar), calendar));
      }),
    );
  });
});

/** Quarters of an hour that are worked between two moments, counted one by one. */
function workedBetween(from: Date, to: Date, calendar: Calendar): number {
  let minutes = 0;
  for (let at = from.getTime(); at < to.getTime(); at += 60_000) if (isWorked(at, calendar)) minutes += 1;
  return minutes;
}

function isWorked(at: number, calendar: Calendar): boolean {
  const text = new Date(at).toISOString();
  const openings = calendar.hours[DAYS_OF_WEEK[(new Date(at).getUTCDay() + 6) % 7] ?? 'mon'] ?? [];
  if (calendar.holidays.includes(text.slice(0, 10))) return false;
  return openings.some(({ from, to }) => from <= text.slice(11, 16) && text.slice(11, 16) < to);
}

describe('local times', () => {
  test('do not go backwards, and come at the moment they are shown', () => {
    check(
      fc.property(zones, moments, fc.integer({ min: 0, max: 3 * 24 * 60 }), (zone, from, minutes) => {
        const [at, later] = [from.getTime(), from.getTime() + minutes * 60_000];
        expect(localTimeAt(zone, later)).toBeGreaterThanOrEqual(localTimeAt(zone, at));
        const shown = momentOf(zone, localTimeAt(zone, at));
        // What comes twice is the first of the two; what is shown otherwise is that very moment.
        if (localTimeAt(zone, at) === at + IANAZone.create(zone).offset(at) * 60_000)
          expect(shown).toBeLessThanOrEqual(at);
      }),
    );
  });
});
