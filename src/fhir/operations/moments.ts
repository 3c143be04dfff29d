import type { Duration } from '@medplum/fhirtypes';

/** Milliseconds of the units that always last as long. @see http://unitsofmeasure.org */
const LENGTHS: ReadonlyMap<string, number> = new Map([
  ['ms', 1],
  ['s', 1_000],
  ['min', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
  ['wk', 7 * 86_400_000],
]);

/** Words that are written instead of UCUM codes. */
const WORDS: ReadonlyMap<string, string> = new Map(
  Object.entries({ second: 's', minute: 'min', hour: 'h', day: 'd', week: 'wk', month: 'mo', year: 'a', yr: 'a' }),
);

/**
 * A moment some time later; months and years by the calendar (the 31st of a month that has none is its last day).
 * Undefined when the duration is none that can be counted.
 */
export function momentAfter(from: Date, { value, code, unit }: Duration): Date | undefined {
  const said = code ?? unit ?? '';
  const known = WORDS.get(said.toLowerCase().replace(/s$/, '')) ?? said;
  if (value === undefined || Math.abs(value) > 1e9) return undefined;
  const length = LENGTHS.get(known);
  const moment = length === undefined ? byCalendar(from, value, known) : new Date(from.getTime() + value * length);
  return moment && !Number.isNaN(moment.getTime()) && isInRange(moment) ? moment : undefined;
}

/** Likewise, some time earlier. */
export function momentBefore(until: Date, duration: Duration): Date | undefined {
  return momentAfter(until, { ...duration, ...(duration.value === undefined ? {} : { value: -duration.value }) });
}

function byCalendar(from: Date, value: number, unit: string): Date | undefined {
  const months = unit === 'mo' ? value : unit === 'a' ? value * 12 : undefined;
  if (months === undefined || !Number.isInteger(months)) return undefined;
  const moment = new Date(from);
  moment.setUTCDate(1);
  moment.setUTCMonth(moment.getUTCMonth() + months);
  const last = new Date(Date.UTC(moment.getUTCFullYear(), moment.getUTCMonth() + 1, 0)).getUTCDate();
  moment.setUTCDate(Math.min(from.getUTCDate(), last));
  return moment;
}

function isInRange(moment: Date): boolean {
  return moment.getUTCFullYear() >= 1 && moment.getUTCFullYear() <= 9_999;
}
