/** The moments a FHIR date covers, both ends inclusive. */
export interface DateRange {
  readonly startsAt: Date;
  readonly endsAt: Date;
}

const PARTS = /^(\d{4})(?:-(\d{2})(?:-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d+))?)?(Z|[+-]\d{2}:\d{2})?)?)?)?$/;

/**
 * The period a date, dateTime or instant of any precision stands for: `2026` is the whole year. Without an offset it
 * is read as UTC.
 * @see https://hl7.org/fhir/R4/search.html#date
 * @throws RangeError when the text is not a FHIR date
 */
export function dateRange(text: string): DateRange {
  const match = PARTS.exec(text);
  if (!match) throw new RangeError('not a FHIR date');
  const [, year = '', month, day, hour, minute, second, fraction, offset = 'Z'] = match;
  const startsAt = new Date(
    `${year}-${month ?? '01'}-${day ?? '01'}T${hour ?? '00'}:${minute ?? '00'}:${second ?? '00'}.${milliseconds(fraction)}${offset}`,
  );
  if (Number.isNaN(startsAt.getTime()) || hour === '24' || !isDay(year, month, day))
    throw new RangeError('not a FHIR date');
  const endsAt = new Date(nextAfter(startsAt, { month, day, minute, second, fraction }).getTime() - 1);
  if (!isYear(startsAt) || !isYear(endsAt)) throw new RangeError('not a FHIR date');
  return { startsAt, endsAt };
}

/** There is no year 0000; an offset may lead to it, or beyond 9999. */
function isYear(at: Date): boolean {
  return at.getUTCFullYear() >= 1 && at.getUTCFullYear() <= 9_999;
}

/** Likewise; undefined when the text is not a FHIR date. */
export function tryDateRange(text: string): DateRange | undefined {
  try {
    return dateRange(text);
  } catch {
    return undefined;
  }
}

/** `Date` would take the 30th of February for a day in March. */
function isDay(year: string, month = '01', day = '01'): boolean {
  return new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate() >= Number(day) && day !== '00';
}

type Precision = Record<'month' | 'day' | 'minute' | 'second' | 'fraction', string | undefined>;

function nextAfter(start: Date, precision: Precision): Date {
  const next = new Date(start);
  if (precision.fraction) next.setTime(next.getTime() + 1);
  else if (precision.second) next.setTime(next.getTime() + 1_000);
  else if (precision.minute) next.setTime(next.getTime() + 60_000);
  else if (precision.day) next.setUTCDate(next.getUTCDate() + 1);
  else if (precision.month) next.setUTCMonth(next.getUTCMonth() + 1);
  else next.setUTCFullYear(next.getUTCFullYear() + 1);
  return next;
}

function milliseconds(fraction: string | undefined): string {
  return (fraction ?? '').padEnd(3, '0').slice(0, 3);
}
