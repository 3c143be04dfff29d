import type { Consent, ConsentProvision, Period } from '@medplum/fhirtypes';
import { tryDateRange } from '../../fhir/search/date-range.ts';
import { every, type Match, whether } from './match.ts';

/** Whether a moment lies within a period; one that cannot be read may or may not hold it. Pure. */
export function within({ start, end }: Period, from: Date, to: Date = from): Match {
  const begins = start === undefined ? undefined : tryDateRange(start);
  const ends = end === undefined ? undefined : tryDateRange(end);
  if ((start !== undefined && !begins) || (end !== undefined && !ends)) return 'unknown';
  return every([
    begins ? whether(begins.startsAt <= from) : 'yes',
    // A period that ends on a day lasts until that day is over. @see https://hl7.org/fhir/R4/datatypes.html#Period
    ends ? whether(to <= ends.endsAt) : 'yes',
  ]);
}

/** The next moment at which a period of one of these Consents begins or is over. Pure. */
export function nextBoundary(consents: readonly Consent[], now: Date): Date | undefined {
  const boundaries = consents.flatMap(({ provision }) => (provision ? boundariesOf(provision) : []));
  const coming = boundaries.filter((at) => at > now);
  return coming.length === 0 ? undefined : new Date(Math.min(...coming.map((at) => at.getTime())));
}

function boundariesOf({ period, provision = [] }: ConsentProvision): Date[] {
  const start = tryDateRange(period?.start ?? '');
  const end = tryDateRange(period?.end ?? '');
  return [
    ...(start ? [start.startsAt] : []),
    ...(end ? [new Date(end.endsAt.getTime() + 1)] : []),
    ...provision.flatMap(boundariesOf),
  ];
}
