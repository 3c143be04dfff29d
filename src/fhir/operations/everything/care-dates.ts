import type { Period, Resource } from '@medplum/fhirtypes';
import { tryDateRange } from '../../search/date-range.ts';

/** A time between two dates, open at an end that is undefined. */
export interface CareDates {
  readonly start: Date | undefined;
  readonly end: Date | undefined;
}

/** Elements that say when care took place, those of the care itself before those of its record. */
const MOMENTS = [
  'effectiveDateTime',
  'effectiveInstant',
  'effectivePeriod',
  'occurrenceDateTime',
  'occurrencePeriod',
  'performedDateTime',
  'performedPeriod',
  'period',
  'executionPeriod',
  'started',
  'sent',
  'date',
  'dateTime',
  'authored',
  'authoredOn',
  'created',
  'issued',
  'recorded',
] as const;

/** Elements that begin what lasts until something says that it ended. */
const BEGINNINGS = ['onsetDateTime', 'onsetPeriod', 'start', 'startDate', 'recordedDate'] as const;
const ENDS = ['abatementDateTime', 'abatementPeriod', 'end'] as const;

/**
 * Whether a resource is of care within some time. One that says no time is: what lasts is not hidden because nobody
 * wrote down when it began.
 * @see https://hl7.org/fhir/R4/patient-operation-everything.html
 */
export function isWithin(resource: Resource, { start, end }: CareDates): boolean {
  if (!start && !end) return true;
  const said = timeOf(resource as unknown as Readonly<Record<string, unknown>>);
  if (!said) return true;
  return (!end || !said.start || said.start <= end) && (!start || !said.end || said.end >= start);
}

function timeOf(resource: Readonly<Record<string, unknown>>): CareDates | undefined {
  const begun = firstOf(resource, BEGINNINGS);
  if (begun) return { start: begun.start, end: firstOf(resource, ENDS)?.end };
  return firstOf(resource, MOMENTS);
}

function firstOf(resource: Readonly<Record<string, unknown>>, names: readonly string[]): CareDates | undefined {
  for (const name of names) {
    const said = resource[name];
    if (typeof said === 'string') {
      const range = tryDateRange(said);
      if (range) return { start: range.startsAt, end: range.endsAt };
    } else if (typeof said === 'object' && said !== null) {
      const { start, end } = said as Period;
      if (start || end) return { start: tryDateRange(start ?? '')?.startsAt, end: tryDateRange(end ?? '')?.endsAt };
    }
  }
  return undefined;
}
