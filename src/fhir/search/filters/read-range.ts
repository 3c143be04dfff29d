import type { Bounds, Box, Condition, RangeTest } from '../conditions/condition.ts';
import type { Use } from '../conditions/context.ts';
import { noModifier, refused } from '../conditions/refusal.ts';
import { splitValue, unescapeValue } from '../conditions/values.ts';
import { tryDateRange } from '../date-range.ts';
import type { ParameterType } from '../parameters/parameter.ts';
import { conversionsOf } from '../units/same-kind.ts';
import { nextAfter, nextBefore, precisionRange } from './decimal.ts';

/** A search by a date, a number or a quantity. @see https://hl7.org/fhir/R4/search.html#prefix */
export function readRange(use: Use, type: ParameterType): Condition {
  if (use.modifier !== undefined) throw noModifier(use.name, use.modifier, type, ['missing']);
  const params = [...new Set(use.parameters.flatMap(({ parameter }) => parameter.keys))];
  return { kind: 'ranges', params, tests: use.values.flatMap((value) => rangeTests(use, type, value)) };
}

/** What one value asks of a range: any of these. @param value still escaped */
export function rangeTests(use: Pick<Use, 'name' | 'context'>, type: ParameterType, value: string): RangeTest[] {
  const [number = '', ...unit] = type === 'quantity' ? splitValue(value, '|').map(unescapeValue) : [value];
  const { prefix, rest } = splitPrefix(number);
  if (type === 'date') return [{ boxes: dateBoxes(use, prefix, rest) }];
  const range = precisionRange(rest);
  if (!range) throw refused(use.name, 'Its value is not a number, e.g. 5.4 or lt100.');
  if (unit.length > 2) throw refused(use.name, 'Write a quantity as value, value|system|code or value||unit.');
  return inUnits(numberBoxes(prefix, range), unit);
}

const UCUM = 'http://unitsofmeasure.org';

/** In the unit that was asked for, and in those it is converted into. */
function inUnits(boxes: readonly Box[], [system, code]: readonly string[]): RangeTest[] {
  if (!code) return [{ boxes }];
  const conversions = system === UCUM ? conversionsOf(code) : undefined;
  if (!conversions) return [{ boxes, units: [system ? `${system}|${code}` : code] }];
  return conversions.map(({ codes, convert }) => ({
    boxes: boxes.map((box) => converted(box, convert)),
    units: codes.map((each) => `${UCUM}|${each}`),
  }));
}

function converted({ low, high }: Box, convert: (value: number) => number): Box {
  const both = ({ from, to }: Bounds): Bounds => ({
    ...(from === undefined ? {} : { from: convert(from) }),
    ...(to === undefined ? {} : { to: convert(to) }),
  });
  return { ...(low ? { low: both(low) } : {}), ...(high ? { high: both(high) } : {}) };
}

/** Whether a value can be meant as a quantity. @param value still escaped */
export function isQuantity(value: string): boolean {
  const [number = '', ...unit] = splitValue(value, '|');
  return unit.length <= 2 && precisionRange(splitPrefix(number).rest) !== undefined;
}

const PREFIXES = ['eq', 'ne', 'gt', 'lt', 'ge', 'le', 'sa', 'eb', 'ap'] as const;
type Prefix = (typeof PREFIXES)[number];

function splitPrefix(value: string): { prefix: Prefix; rest: string } {
  const found = PREFIXES.find((prefix) => value.startsWith(prefix));
  return found ? { prefix: found, rest: value.slice(2) } : { prefix: 'eq', rest: value };
}

/** The boxes of a search by `_lastUpdated`, in milliseconds. */
export function dateBoxes({ name, context }: Pick<Use, 'name' | 'context'>, prefix: Prefix, text: string): Box[] {
  const range = tryDateRange(text);
  if (!range) throw refused(name, 'Its value is not a FHIR date, e.g. 2026-11-22 or 2026-11-22T10:00:00Z.');
  const [from, to] = [range.startsAt.getTime(), range.endsAt.getTime()];
  switch (prefix) {
    case 'gt':
      return [{ high: { from: to + 1 } }];
    case 'lt':
      return [{ low: { to: from - 1 } }];
    case 'ge':
      return [{ high: { from: to + 1 } }, within(from, to)];
    case 'le':
      return [{ low: { to: from - 1 } }, within(from, to)];
    case 'ap': {
      // A tenth of the time between the value and now, as the specification recommends.
      const slack = Math.round(Math.abs(context.now.getTime() - from) / 10);
      return [{ low: { to: to + slack }, high: { from: from - slack } }];
    }
    default:
      return edgeBoxes(prefix, from, to, 1);
  }
}

/** The prefixes that mean the same for dates and numbers. @param step from one value to the next; undefined: as numbers have it */
function edgeBoxes(prefix: 'eq' | 'ne' | 'sa' | 'eb', from: number, to: number, step?: number): Box[] {
  const after = step === undefined ? nextAfter(to) : to + step;
  const before = step === undefined ? nextBefore(from) : from - step;
  if (prefix === 'eq') return [within(from, to)];
  if (prefix === 'ne') return [{ low: { to: before } }, { high: { from: after } }];
  return prefix === 'sa' ? [{ low: { from: after } }] : [{ high: { to: before } }];
}

/** That a range begins before the other ends follows from the rest, and keeps the index scan short. */
function within(from: number, to: number): Box {
  return { low: { from, to }, high: { to } };
}

/** Comparisons ignore how precisely a number is written; equality does not. @see https://hl7.org/fhir/R4/search.html#number */
function numberBoxes(prefix: Prefix, { value, from, to }: NonNullable<ReturnType<typeof precisionRange>>): Box[] {
  switch (prefix) {
    case 'gt':
      return [{ high: { from: nextAfter(value) } }];
    case 'lt':
      return [{ low: { to: nextBefore(value) } }];
    case 'ge':
      return [{ high: { from: value } }];
    case 'le':
      return [{ low: { to: value } }];
    case 'sa':
    case 'eb':
      return edgeBoxes(prefix, value, value);
    case 'ap': {
      const slack = Math.abs(value) / 10;
      return [{ low: { to: value + slack }, high: { from: value - slack } }];
    }
    default:
      // The upper end is not part of what a number stands for: 100 is from 99.5 to below 100.5.
      return edgeBoxes(prefix, from, nextBefore(to));
  }
}

/** One value of a search by a date that every resource has. */
export function momentBoxes(use: Pick<Use, 'name' | 'context'>, value: string): Box[] {
  const { prefix, rest } = splitPrefix(value);
  return dateBoxes(use, prefix, rest);
}
