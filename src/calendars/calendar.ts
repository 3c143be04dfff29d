import { IANAZone } from 'luxon';
import { z } from 'zod';

/** Days of the week as FHIR codes them. @see https://hl7.org/fhir/R4/valueset-days-of-week.html */
export const DAYS_OF_WEEK = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type DayOfWeek = (typeof DAYS_OF_WEEK)[number];

const MOST_HOLIDAYS = 1_000;
const MOST_OPENINGS = 10;
const LEAST_MINUTES = 60;

const time = z
  .string()
  .regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, 'Not a time of day: write HH:MM, from 00:00 to 24:00.')
  .describe('HH:MM; 24:00 is the end of the day');

const opening = z
  .strictObject({ from: time, to: time })
  .refine(({ from, to }) => from < to, 'It ends before it begins. Hours over midnight are those of two days.');

const openings = z
  .array(opening)
  .max(MOST_OPENINGS)
  .refine(inOrder, 'The hours of a day stand one after another, and do not overlap.');

const holiday = z.iso.date('Not a day: write YYYY-MM-DD.');

/** When an organization works. */
export const calendarSchema = z.strictObject({
  timeZone: z
    .string()
    .max(64)
    .refine(
      (zone) => IANAZone.isValidZone(zone),
      'No time zone of the IANA database. Write one like America/New_York, or UTC.',
    )
    .describe('Time zone of the IANA database, e.g. America/New_York'),
  hours: z
    .partialRecord(z.enum(DAYS_OF_WEEK), openings)
    .refine((week) => minutesIn(week) >= LEAST_MINUTES, {
      error: 'There is less than one working hour in the whole week: nothing would ever fall due.',
      when: ({ issues }) => issues.length === 0,
    })
    .describe('Working hours by day of the week, in its time zone; on a day that is not named nobody works'),
  holidays: z
    .array(holiday)
    .max(MOST_HOLIDAYS)
    .refine((days) => new Set(days).size === days.length, 'A day stands here twice.')
    .default([])
    .describe('Days (YYYY-MM-DD) on which nobody works'),
});

export type Calendar = z.infer<typeof calendarSchema>;

interface Opening {
  readonly from: string;
  readonly to: string;
}

function minutesIn(week: Partial<Record<DayOfWeek, readonly Opening[]>>): number {
  const all = Object.values(week).flat();
  return all.reduce((sum, { from, to }) => sum + minutesOf(to) - minutesOf(from), 0);
}

/** A time of day, HH:MM, as minutes since midnight. */
export function minutesOf(time: string): number {
  const [hour, minute] = time.split(':').map(Number);
  return (hour ?? 0) * 60 + (minute ?? 0);
}

function inOrder(list: readonly Opening[]): boolean {
  return list.every(({ from }, at) => at === 0 || (list[at - 1]?.to ?? '') <= from);
}

const WHOLE_DAY = [{ from: '00:00', to: '24:00' }];

/** The whole days from Monday to Friday: of who has said nothing of its hours. */
export function weekdaysIn(timeZone: string): Calendar {
  const week = DAYS_OF_WEEK.slice(0, 5).map((day) => [day, WHOLE_DAY]);
  return { timeZone, hours: Object.fromEntries(week), holidays: [] };
}
