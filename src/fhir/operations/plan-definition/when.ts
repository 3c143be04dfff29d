import type { Age, Duration, Patient, Period, Range, Timing } from '@medplum/fhirtypes';
import { tryDateRange } from '../../search/date-range.ts';
import { momentAfter } from '../moments.ts';
import type { ApplyWork } from './apply-work.ts';

/** When something is to be done, counted from the moment the definition is applied. */
export interface When {
  readonly dateTime?: string;
  readonly period?: Period;
  readonly timing?: Timing;
}

/** The choices of a definition's `timing[x]`. */
export interface TimingChoice {
  readonly timingDateTime?: string;
  readonly timingAge?: Age;
  readonly timingPeriod?: Period;
  readonly timingDuration?: Duration;
  readonly timingRange?: Range;
  readonly timingTiming?: Timing;
}

/**
 * A definition's `timing[x]` as a date: a duration counts from now, an age from the birth of the patient. `unknown`
 * when it cannot be counted, undefined when it says nothing.
 * @see https://hl7.org/fhir/R4/plandefinition-definitions.html#PlanDefinition.action.timing_x_
 */
export function whenOf(
  { budget, subject }: Pick<ApplyWork, 'budget' | 'subject'>,
  timing: TimingChoice,
): When | 'unknown' | undefined {
  const { timingDateTime, timingAge, timingPeriod, timingDuration, timingRange, timingTiming } = timing;
  if (timingDateTime) return { dateTime: timingDateTime };
  if (timingPeriod) return { period: timingPeriod };
  if (timingTiming) return { timing: timingTiming };
  if (timingDuration) return asDate(momentAfter(budget.now, timingDuration));
  if (timingRange) return asPeriod(budget.now, timingRange);
  return timingAge && asDate(ageOf(subject as Patient, timingAge));
}

function asDate(moment: Date | undefined): When | 'unknown' {
  return moment ? { dateTime: moment.toISOString() } : 'unknown';
}

function asPeriod(now: Date, { low, high }: Range): When | 'unknown' {
  const [start, end] = [low, high].map((bound) => bound && momentAfter(now, bound)?.toISOString());
  return start || end ? { period: { ...(start ? { start } : {}), ...(end ? { end } : {}) } } : 'unknown';
}

function ageOf({ birthDate }: Patient, age: Age): Date | undefined {
  const born = tryDateRange(birthDate ?? '')?.startsAt;
  return born && momentAfter(born, age);
}

/** How an action stands to another. */
export interface Relation {
  readonly relationship: string;
  readonly offsetDuration?: Duration | undefined;
}

/**
 * The date of an action that stands before, after or beside another one; undefined when the offset says no single date.
 * @param other when the other is to be done
 * @see https://hl7.org/fhir/R4/valueset-action-relationship-type.html
 */
export function whenRelated(
  now: Date,
  { relationship, offsetDuration }: Relation,
  other: When | undefined,
): When | undefined {
  const isBefore = relationship.startsWith('before');
  const [first, second] = [other?.period?.start, other?.period?.end];
  const atEnd = relationship.endsWith('-end') || relationship === 'after';
  const said = other?.dateTime ?? (atEnd ? (second ?? first) : (first ?? second));
  const from = said === undefined ? now : tryDateRange(said)?.startsAt;
  if (!from || other?.timing) return undefined;
  if (!offsetDuration) return said === undefined ? undefined : { dateTime: said };
  const value = (offsetDuration.value ?? 0) * (isBefore ? -1 : 1);
  const moment = momentAfter(from, { ...offsetDuration, value });
  return moment && { dateTime: moment.toISOString() };
}
