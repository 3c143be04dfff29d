import type { Resource } from '@medplum/fhirtypes';
import { tryDateRange } from '../search/date-range.ts';
import { type FormsOf, formsOf } from './value-forms.ts';

/** One condition of a filter or a trigger: a search parameter, and values of which one must be met. */
export interface Condition {
  readonly param: string;
  readonly modifier: string | undefined;
  readonly values: readonly string[];
}

/** Conditions that must all be met. */
export type Conditions = readonly Condition[];

/**
 * Reads conditions in the form of a search: `status:not=draft&intent=order`. A comma separates alternatives. Pure.
 * @see https://hl7.org/fhir/R4/search.html#escaping
 */
export function parseConditions(query: string): Conditions {
  return [...new URLSearchParams(query)].map(([name, value]) => {
    const [param = '', modifier] = name.split(':', 2);
    return { param, modifier, values: value.split(/(?<!\\),/).map((each) => each.replaceAll('\\,', ',')) };
  });
}

/** What conditions are held against: a resource, with the forms its values are found by (worked out once each). */
export interface Candidate {
  readonly resource: Resource;
  readonly formsOf: FormsOf;
}

export function candidate(resource: Resource): Candidate {
  return { resource, formsOf: formsOf(resource) };
}

/** Whether a resource meets all conditions. Pure. */
export function meets(conditions: Conditions, held: Candidate): boolean {
  return conditions.every((condition) => meetsOne(condition, held));
}

function meetsOne({ param, modifier, values }: Condition, { resource, formsOf: forms }: Candidate): boolean {
  if (param === '_lastUpdated') return values.some((value) => isAt(resource.meta?.lastUpdated ?? '', value));
  const found = forms(param);
  if (modifier === 'missing') return (found.size === 0) === (values[0] === 'true');
  const met = values.some((value) => found.has(value));
  return modifier === 'not' ? !met : met;
}

/** The comparators of times. @see https://hl7.org/fhir/R4/search.html#prefix */
const COMPARED: Readonly<Record<string, (at: number, starts: number, ends: number) => boolean>> = {
  eq: (at, starts, ends) => at >= starts && at <= ends,
  gt: (at, _starts, ends) => at > ends,
  ge: (at, starts) => at >= starts,
  lt: (at, starts) => at < starts,
  le: (at, _starts, ends) => at <= ends,
};

interface Moment {
  readonly compared: (at: number, starts: number, ends: number) => boolean;
  readonly starts: number;
  readonly ends: number;
}

/** A time with its comparator, as in `ge2026-03-02`; undefined when it is none. Pure. */
export function parseMoment(value: string): Moment | undefined {
  const prefix = /^[a-z]{2}/.exec(value)?.[0];
  const compared = Object.hasOwn(COMPARED, prefix ?? 'eq') ? COMPARED[prefix ?? 'eq'] : undefined;
  const range = tryDateRange(value.slice(prefix?.length ?? 0));
  return compared && range ? { compared, starts: range.startsAt.getTime(), ends: range.endsAt.getTime() } : undefined;
}

function isAt(lastUpdated: string, value: string): boolean {
  const moment = parseMoment(value);
  return moment?.compared(Date.parse(lastUpdated), moment.starts, moment.ends) ?? false;
}
