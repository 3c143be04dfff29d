import { type Calendar, DAYS_OF_WEEK, minutesOf } from './calendar.ts';
import { DAY_MS, type LocalTime, localTimeAt, MINUTE_MS, momentOf } from './local-time.ts';

/** A span of time: in days or hours in which somebody works, or in hours by the clock. */
export type Span = { readonly workingDays: number } | { readonly hours: number } | { readonly workingHours: number };

const HOUR_MS = 60 * MINUTE_MS;

/**
 * The moment a span ends that begins at `from`, by a calendar. Pure.
 * - `hours` go by the clock, day and night.
 * - `workingHours` go while somebody works.
 * - `workingDays` end at the same time of day as many working days later, at the latest when that day's work ends. From
 *   outside working hours the next working day counts whole: the span ends with the last day's work.
 */
export function endOf(from: Date, span: Span, calendar: Calendar): Date {
  if ('hours' in span) return new Date(from.getTime() + span.hours * HOUR_MS);
  if ('workingHours' in span) return new Date(afterWorkingTime(from.getTime(), span.workingHours * HOUR_MS, calendar));
  return new Date(afterWorkingDays(from.getTime(), span.workingDays, calendar));
}

/** The last millisecond of what a date stands for, by the clocks of a zone. @param endsAt its end, by the clocks of UTC */
export function endOfDates(endsAt: Date, { timeZone }: Calendar): Date {
  return new Date(momentOf(timeZone, endsAt.getTime() + 1) - 1);
}

function afterWorkingTime(from: number, span: number, calendar: Calendar): number {
  if (span === 0) return from;
  let left = span;
  for (let day = dayOf(localTimeAt(calendar.timeZone, from)); ; day += 1) {
    for (const { opens, closes } of openingsOn(day, calendar)) {
      const begins = Math.max(from, momentOf(calendar.timeZone, opens));
      const lasts = momentOf(calendar.timeZone, closes) - begins;
      if (lasts >= left) return begins + left;
      left -= Math.max(0, lasts);
    }
  }
}

function afterWorkingDays(from: number, days: number, calendar: Calendar): number {
  if (days === 0) return from;
  const local = localTimeAt(calendar.timeZone, from);
  const today = dayOf(local);
  const [first, last] = hoursOf(today, calendar);
  const isAtWork = first !== undefined && local >= first && local < last;
  if (isAtWork) return momentOf(calendar.timeZone, sameTimeOn(nthFrom(today + 1, days, calendar), local, calendar));
  const next = first !== undefined && local < first ? today : today + 1;
  const [, closes] = hoursOf(nthFrom(next, days, calendar), calendar);
  return momentOf(calendar.timeZone, closes ?? local);
}

/** The n-th working day, the day given among them. */
function nthFrom(day: number, n: number, calendar: Calendar): number {
  let at = day - 1;
  for (let left = n; left > 0; ) {
    at += 1;
    if (openingsOn(at, calendar).length > 0) left -= 1;
  }
  return at;
}

/** The time of day of a local time on another day, within the hours of that day. */
function sameTimeOn(day: number, local: LocalTime, calendar: Calendar): LocalTime {
  const time = day * DAY_MS + (local - dayOf(local) * DAY_MS);
  const [first = time, last = time] = hoursOf(day, calendar);
  return Math.min(Math.max(time, first), last);
}

/** When the work of a day begins and ends; nothing where there is none. */
function hoursOf(day: number, calendar: Calendar): [LocalTime, LocalTime] | [undefined, undefined] {
  const openings = openingsOn(day, calendar);
  const [first, last] = [openings[0], openings.at(-1)];
  return first && last ? [first.opens, last.closes] : [undefined, undefined];
}

/** Number of a local day, counted from 1970-01-01: a Thursday. */
function dayOf(local: LocalTime): number {
  return Math.floor(local / DAY_MS);
}

function openingsOn(day: number, { hours, holidays }: Calendar): { opens: LocalTime; closes: LocalTime }[] {
  const name = DAYS_OF_WEEK[(((day + 3) % 7) + 7) % 7] ?? 'mon';
  const openings = hours[name] ?? [];
  if (openings.length === 0 || holidays.includes(new Date(day * DAY_MS).toISOString().slice(0, 10))) return [];
  const on = (time: string): LocalTime => day * DAY_MS + minutesOf(time) * MINUTE_MS;
  return openings.map(({ from, to }) => ({ opens: on(from), closes: on(to) }));
}
