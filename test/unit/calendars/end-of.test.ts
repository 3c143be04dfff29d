import { describe, expect, test } from '@jest/globals';
import { type Calendar, weekdaysIn } from '../../../src/calendars/calendar.ts';
import { endOf, endOfDates, type Span } from '../../../src/calendars/end-of.ts';
import { calendar, office, roundTheClock, sundayToThursday, weekOf } from './calendars.ts';

type Row = readonly [name: string, from: string, span: Span, calendar: Calendar, end: string];

const NEW_YORK = office('America/New_York');
const UTC = weekdaysIn('UTC');

// 2026-03-02 is a Monday.
const WORKING_DAYS: readonly Row[] = [
  ['Monday', '2026-03-02T09:00:00Z', { workingDays: 1 }, UTC, '2026-03-03T09:00:00Z'],
  ['Thursday, over the weekend', '2026-03-05T16:30:00Z', { workingDays: 2 }, UTC, '2026-03-09T16:30:00Z'],
  ['Friday', '2026-03-06T09:00:00Z', { workingDays: 1 }, UTC, '2026-03-09T09:00:00Z'],
  ['Friday, three days', '2026-03-06T09:00:00Z', { workingDays: 3 }, UTC, '2026-03-11T09:00:00Z'],
  ['Friday, over two weekends', '2026-03-06T09:00:00Z', { workingDays: 6 }, UTC, '2026-03-16T09:00:00Z'],
  ['no time at all', '2026-03-07T12:00:00Z', { workingDays: 0 }, UTC, '2026-03-07T12:00:00Z'],
  ['Saturday: the whole of Monday', '2026-03-07T12:00:00Z', { workingDays: 1 }, UTC, '2026-03-10T00:00:00Z'],
  ['Sunday: the whole of Monday', '2026-03-08T23:59:59Z', { workingDays: 1 }, UTC, '2026-03-10T00:00:00Z'],
  // 17:00 in New York is 22:00 UTC in winter.
  [
    'Friday evening: until Monday evening',
    '2026-01-09T23:30:00Z',
    { workingDays: 1 },
    NEW_YORK,
    '2026-01-12T22:00:00Z',
  ],
  ['at closing time', '2026-01-09T22:00:00Z', { workingDays: 1 }, NEW_YORK, '2026-01-12T22:00:00Z'],
  ['a moment before', '2026-01-09T21:59:59Z', { workingDays: 1 }, NEW_YORK, '2026-01-12T21:59:59Z'],
  ['before work begins: that day', '2026-01-12T11:00:00Z', { workingDays: 1 }, NEW_YORK, '2026-01-12T22:00:00Z'],
  ['over the clocks going forward', '2026-03-06T15:00:00Z', { workingDays: 1 }, NEW_YORK, '2026-03-09T14:00:00Z'],
  ['over the clocks going back', '2026-10-30T14:00:00Z', { workingDays: 1 }, NEW_YORK, '2026-11-02T15:00:00Z'],
  [
    'over a holiday and a weekend',
    '2026-12-24T15:00:00Z',
    { workingDays: 1 },
    office('America/New_York', '2026-12-25'),
    '2026-12-28T15:00:00Z',
  ],
  [
    'from a holiday',
    '2026-12-25T15:00:00Z',
    { workingDays: 2 },
    office('America/New_York', '2026-12-25'),
    '2026-12-29T22:00:00Z',
  ],
  [
    'Thursday, where Friday and Saturday are free',
    '2026-03-05T08:00:00Z',
    { workingDays: 1 },
    sundayToThursday('Asia/Riyadh'),
    '2026-03-08T08:00:00Z',
  ],
  [
    'onto a short day: at the latest when it ends',
    '2026-03-05T15:00:00Z',
    { workingDays: 1 },
    calendar('UTC', {
      ...weekOf(['mon', 'tue', 'wed', 'thu'], ['09:00', '17:00']),
      ...weekOf(['fri'], ['09:00', '12:00']),
    }),
    '2026-03-06T12:00:00Z',
  ],
  [
    'in a break',
    '2026-03-02T12:30:00Z',
    { workingDays: 1 },
    calendar('UTC', weekOf(['mon', 'tue'], ['09:00', '12:00'], ['13:00', '17:00'])),
    '2026-03-03T12:30:00Z',
  ],
  // Half past two does not come on this night: three o'clock does, an hour later.
  [
    'to an hour that the clocks leave out',
    '2026-03-07T07:30:00Z',
    { workingDays: 1 },
    roundTheClock('America/New_York'),
    '2026-03-08T07:00:00Z',
  ],
  // Half past one comes twice on this night: the first time counts.
  [
    'to an hour that comes twice',
    '2026-10-31T05:30:00Z',
    { workingDays: 1 },
    roundTheClock('America/New_York'),
    '2026-11-01T05:30:00Z',
  ],
];

const WORKING_HOURS: readonly Row[] = [
  ['within a day', '2026-01-12T15:00:00Z', { workingHours: 4 }, NEW_YORK, '2026-01-12T19:00:00Z'],
  ['to its end', '2026-01-12T18:00:00Z', { workingHours: 4 }, NEW_YORK, '2026-01-12T22:00:00Z'],
  ['over a weekend', '2026-01-09T21:00:00Z', { workingHours: 4 }, NEW_YORK, '2026-01-12T17:00:00Z'],
  ['from a Saturday', '2026-01-10T12:00:00Z', { workingHours: 1.5 }, NEW_YORK, '2026-01-12T15:30:00Z'],
  ['over the clocks going forward', '2026-03-06T21:00:00Z', { workingHours: 2 }, NEW_YORK, '2026-03-09T14:00:00Z'],
  ['several days', '2026-01-12T14:00:00Z', { workingHours: 24 }, NEW_YORK, '2026-01-14T22:00:00Z'],
  [
    'over a break',
    '2026-03-02T11:00:00Z',
    { workingHours: 2 },
    calendar('UTC', weekOf(['mon'], ['09:00', '12:00'], ['13:00', '17:00'])),
    '2026-03-02T14:00:00Z',
  ],
  // The night has an hour less: from midnight to four are three hours.
  [
    'in a night that is an hour shorter',
    '2026-03-08T05:00:00Z',
    { workingHours: 4 },
    calendar('America/New_York', weekOf(['sun', 'mon'], ['00:00', '04:00'])),
    '2026-03-09T05:00:00Z',
  ],
];

const HOURS: readonly Row[] = [
  ['through the night and the weekend', '2026-01-09T22:00:00Z', { hours: 72 }, NEW_YORK, '2026-01-12T22:00:00Z'],
  ['over the clocks going forward', '2026-03-07T17:00:00Z', { hours: 24 }, NEW_YORK, '2026-03-08T17:00:00Z'],
];

describe.each([
  ['working days', WORKING_DAYS],
  ['working hours', WORKING_HOURS],
  ['hours', HOURS],
])('a span in %s', (_unit, rows) => {
  test.each(rows)('from %s', (_name, from, span, when, end) => {
    expect(endOf(new Date(from), span, when).toISOString()).toBe(new Date(end).toISOString());
  });
});

test.each([
  ['UTC', '2026-03-04T23:59:59.999Z'],
  ['America/New_York', '2026-03-05T04:59:59.999Z'],
  ['Asia/Kolkata', '2026-03-04T18:29:59.999Z'],
  ['Pacific/Auckland', '2026-03-04T10:59:59.999Z'],
])('a day in %s ends when it is over there', (zone, end) => {
  expect(endOfDates(new Date('2026-03-04T23:59:59.999Z'), office(zone)).toISOString()).toBe(end);
});

test('the moment it is counted from is not touched', () => {
  const from = new Date('2026-03-06T09:00:00Z');
  endOf(from, { workingDays: 5 }, NEW_YORK);
  expect(from).toEqual(new Date('2026-03-06T09:00:00Z'));
});
