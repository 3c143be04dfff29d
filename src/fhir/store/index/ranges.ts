import type { Money, Period, Quantity, Range, SampledData, Timing } from '@medplum/fhirtypes';
import { type DateRange, tryDateRange } from '../../search/date-range.ts';
import type { Found } from '../../search/parameters/compile.ts';

/**
 * What a date, number or quantity covers, both ends inclusive: milliseconds since 1970 of a date, the value itself of
 * a number. `units` are the forms a quantity's unit is found by.
 */
export interface IndexedRange {
  readonly low: number;
  readonly high: number;
  readonly units?: readonly string[] | undefined;
}

/** The ends of time, and of what is counted, where a value names none. */
const FIRST_MOMENT = Date.parse('0001-01-01T00:00:00Z');
const LAST_MOMENT = Date.parse('9999-12-31T23:59:59.999Z');
const LARGEST = Number.MAX_VALUE;

/** The time a date, a Period or a Timing covers; none when it is no moment we can count to (`:60`). Pure. */
export function datesOf({ type, value }: Found): IndexedRange[] {
  if (typeof value === 'string') return inMilliseconds(tryDateRange(value));
  if (type === 'Timing') return timingOf(value as Timing);
  return periodOf(value as Period);
}

function periodOf({ start, end }: Period): IndexedRange[] {
  if (!start && !end) return [];
  const low = start ? tryDateRange(start)?.startsAt.getTime() : FIRST_MOMENT;
  const high = end ? tryDateRange(end)?.endsAt.getTime() : LAST_MOMENT;
  return low !== undefined && high !== undefined ? [{ low, high }] : [];
}

/** From the first moment a Timing names to the last. @see https://hl7.org/fhir/R4/search.html#date */
function timingOf({ event, repeat }: Timing): IndexedRange[] {
  const moments = (event ?? []).flatMap((each) => inMilliseconds(tryDateRange(each)));
  const bounds = repeat?.boundsPeriod ? periodOf(repeat.boundsPeriod) : [];
  const all = [...moments, ...bounds];
  if (all.length === 0) return [];
  return [{ low: Math.min(...all.map(({ low }) => low)), high: Math.max(...all.map(({ high }) => high)) }];
}

function inMilliseconds(range: DateRange | undefined): IndexedRange[] {
  return range ? [{ low: range.startsAt.getTime(), high: range.endsAt.getTime() }] : [];
}

/** The value of a number or a quantity, or the values it may have. Pure. @see https://hl7.org/fhir/R4/search.html#quantity */
export function numbersOf({ type, value }: Found): IndexedRange[] {
  if (typeof value === 'number') return point(value);
  if (typeof value !== 'object' || value === null) return [];
  if (type === 'Range') return rangeOf(value as Range);
  if (type === 'Money') return moneyOf(value as Money);
  return type === 'SampledData' ? sampledOf(value as SampledData) : quantityOf(value as Quantity);
}

function point(value: number | undefined, units?: readonly string[]): IndexedRange[] {
  return typeof value === 'number' && Number.isFinite(value) ? [{ low: value, high: value, units }] : [];
}

function quantityOf({ value, comparator, system, code, unit }: Quantity): IndexedRange[] {
  return point(value, unitForms(system, code, unit)).map((range) => {
    if (comparator?.startsWith('<')) return { ...range, low: -LARGEST };
    return comparator?.startsWith('>') ? { ...range, high: LARGEST } : range;
  });
}

function rangeOf({ low, high }: Range): IndexedRange[] {
  const named = low ?? high;
  if (low?.value === undefined && high?.value === undefined) return [];
  const units = unitForms(named?.system, named?.code, named?.unit);
  return [{ low: low?.value ?? -LARGEST, high: high?.value ?? LARGEST, units }];
}

function moneyOf({ value, currency }: Money): IndexedRange[] {
  return point(value, unitForms('urn:iso:std:iso:4217', currency, undefined));
}

function sampledOf({ origin, lowerLimit, upperLimit }: SampledData): IndexedRange[] {
  const units = unitForms(origin.system, origin.code, origin.unit);
  if (lowerLimit === undefined && upperLimit === undefined) return [];
  return [{ low: lowerLimit ?? -LARGEST, high: upperLimit ?? LARGEST, units }];
}

/** A unit is found by `system|code`, or by its code or its name alone. */
function unitForms(system: string | undefined, code: string | undefined, unit: string | undefined): string[] {
  const whole = system && code ? [`${system}|${code}`] : [];
  return [...new Set([...whole, ...[code, unit].filter((form): form is string => typeof form === 'string')])];
}
