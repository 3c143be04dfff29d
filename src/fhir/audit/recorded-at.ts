import { tryDateRange } from '../search/date-range.ts';

/** Takes a value and gives its placeholder. */
export type Add = (value: unknown) => string;

type Bound = () => string;

const PREFIXES: Readonly<Record<string, (from: Bound, to: Bound) => string>> = {
  eq: (from, to) => `a.recorded_at BETWEEN ${from()} AND ${to()}`,
  ne: (from, to) => `a.recorded_at NOT BETWEEN ${from()} AND ${to()}`,
  ap: (from, to) => `a.recorded_at BETWEEN ${from()} AND ${to()}`,
  gt: (_from, to) => `a.recorded_at > ${to()}`,
  sa: (_from, to) => `a.recorded_at > ${to()}`,
  lt: (from) => `a.recorded_at < ${from()}`,
  eb: (from) => `a.recorded_at < ${from()}`,
  ge: (from) => `a.recorded_at >= ${from()}`,
  le: (_from, to) => `a.recorded_at <= ${to()}`,
};

/**
 * When an audit entry `a` was recorded, as SQL for the value of a date parameter; undefined where it is no date. Pure.
 * @see https://hl7.org/fhir/R4/search.html#prefix
 */
export function recordedAt(value: string, add: Add): string | undefined {
  const [, prefix = 'eq', date = ''] = /^(eq|ne|ap|gt|sa|lt|eb|ge|le)?(.*)$/.exec(value) ?? [];
  const range = tryDateRange(date);
  return (
    range &&
    PREFIXES[prefix]?.(
      () => add(range.startsAt),
      () => add(range.endsAt),
    )
  );
}
