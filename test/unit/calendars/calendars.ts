import { type Calendar, calendarSchema, DAYS_OF_WEEK, type DayOfWeek } from '../../../src/calendars/calendar.ts';

/** Some days of the week with the same hours. */
export const weekOf = (
  days: readonly DayOfWeek[],
  ...hours: readonly (readonly [string, string])[]
): Calendar['hours'] => Object.fromEntries(days.map((day) => [day, hours.map(([from, to]) => ({ from, to }))]));

export const calendar = (timeZone: string, hours: Calendar['hours'], ...holidays: string[]): Calendar =>
  calendarSchema.parse({ timeZone, hours, holidays });

const WEEKDAYS = DAYS_OF_WEEK.slice(0, 5);

/** Nine to five, Monday to Friday. */
export const office = (timeZone: string, ...holidays: string[]): Calendar =>
  calendar(timeZone, weekOf(WEEKDAYS, ['09:00', '17:00']), ...holidays);

/** Sunday to Thursday: Friday and Saturday are free. */
export const sundayToThursday = (timeZone: string, ...holidays: string[]): Calendar =>
  calendar(timeZone, weekOf(['sun', 'mon', 'tue', 'wed', 'thu'], ['08:00', '16:00']), ...holidays);

export const roundTheClock = (timeZone: string): Calendar =>
  calendar(timeZone, weekOf(DAYS_OF_WEEK, ['00:00', '24:00']));
