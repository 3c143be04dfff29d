import {
  convertToSearchableReferences,
  convertToSearchableStrings,
  convertToSearchableTokens,
  convertToSearchableUris,
  evalFhirPathTyped,
  getSearchParameterDetails,
  getSearchParameters,
  type TypedValue,
  toTypedValue,
} from '@medplum/core';
import type { Identifier, Period, Reference, Resource, SearchParameter } from '@medplum/fhirtypes';
import { type DateRange, tryDateRange } from '../search/date-range.ts';

/** A date parameter's value: the period it covers. */
export interface IndexedDate {
  readonly param: string;
  readonly startsAt: Date;
  readonly endsAt: Date;
}

/** A string parameter's value: `value` without case and accents, `exact` as written. */
export interface IndexedString {
  readonly param: string;
  readonly value: string;
  readonly exact: string;
}

/** What the search index holds of one resource. */
export interface ResourceIndex {
  readonly tokens: readonly string[];
  readonly dates: readonly IndexedDate[];
  readonly strings: readonly IndexedString[];
}

/** The parameters every resource has, kept in columns rather than in the index. */
const IN_COLUMNS = new Set(['_id', '_lastUpdated']);

/**
 * What searches can find a resource by, from the published search parameters. Pure.
 * @see https://hl7.org/fhir/R4/search.html
 */
export function indexResource(resource: Resource): ResourceIndex {
  const typed = [toTypedValue(resource)];
  const tokens = new Set<string>();
  const dates: IndexedDate[] = [];
  const strings: IndexedString[] = [];
  for (const param of indexedParameters(resource.resourceType)) {
    const values = evaluate(resource.resourceType, param, typed);
    if (values.length === 0) continue;
    tokens.add(tokenKey(resource.resourceType, param.code, PRESENT));
    for (const key of exactKeys(param, values)) tokens.add(tokenKey(resource.resourceType, param.code, key));
    if (param.type === 'date') dates.push(...dateEntries(param.code, values));
    if (param.type === 'string') strings.push(...stringEntries(param.code, values));
  }
  return { tokens: [...tokens], dates, strings };
}

/** Marks that a resource has any value for a parameter (`:missing`). */
export const PRESENT = '*';

/** The form in which an exact value stands in the index, e.g. `Task.status=requested`. */
export function tokenKey(type: string, param: string, value: string): string {
  return `${type}.${param}=${value}`;
}

/** A string as searches compare it: no accents, lower case. @see https://hl7.org/fhir/R4/search.html#string */
export function foldText(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
    .trim();
}

/** Parameters that only the engine knows of, and nobody else. */
const ENGINES_OWN: ReadonlySet<string> = new Set(['_compartment', '_project']);

/** The search parameters of a type. */
export function searchParametersOf(type: string): SearchParameter[] {
  const all = Object.values(getSearchParameters(type) ?? {});
  return all.filter(({ code }) => !code.includes(':') && !ENGINES_OWN.has(code));
}

function indexedParameters(type: string): SearchParameter[] {
  return searchParametersOf(type).filter((param) => param.expression && !IN_COLUMNS.has(param.code));
}

function evaluate(type: string, param: SearchParameter, typed: TypedValue[]): TypedValue[] {
  return evalFhirPathTyped(getSearchParameterDetails(type, param).parsedExpression, typed);
}

function exactKeys(param: SearchParameter, values: TypedValue[]): string[] {
  switch (param.type) {
    case 'token':
      return convertToSearchableTokens(values).flatMap(({ system, value }) => tokenForms(system, value));
    case 'reference':
      return [...convertToSearchableReferences(values).flatMap(referenceForms), ...values.flatMap(identifierForms)];
    case 'uri':
      return convertToSearchableUris(values);
    default:
      return [];
  }
}

/** A code is found by `code`, `system|code`, `|code` (no system) and `system|`. */
function tokenForms(system: string | undefined, value: string | undefined): string[] {
  const forms = [];
  if (value !== undefined) forms.push(value, `${system ?? ''}|${value}`);
  if (system !== undefined) forms.push(`${system}|`);
  return forms;
}

/** A reference is found by `Type/id`, by `id`, or by its whole address. */
function referenceForms(reference: string): string[] {
  const [type, id, ...rest] = reference.split('/');
  return type && id && rest.length === 0 ? [reference, id] : [reference];
}

function identifierForms(value: TypedValue): string[] {
  const identifier: Identifier | undefined = (value.value as Reference | undefined)?.identifier;
  return identifier ? tokenForms(identifier.system, identifier.value).map((form) => `identifier:${form}`) : [];
}

function dateEntries(param: string, values: TypedValue[]): IndexedDate[] {
  return values.flatMap(({ value }) => periodOf(value) ?? []).map((period) => ({ param, ...period }));
}

/** The time a date, or a Period, stands for; undefined when it is neither, or no moment we can count to (`:60`). */
function periodOf(value: unknown): DateRange | undefined {
  if (typeof value === 'string') return tryDateRange(value);
  const { start, end } = (value ?? {}) as Period;
  const startsAt = start ? tryDateRange(start)?.startsAt : new Date(MIN_TIME);
  const endsAt = end ? tryDateRange(end)?.endsAt : new Date(MAX_TIME);
  return (start || end) && startsAt && endsAt ? { startsAt, endsAt } : undefined;
}

const MIN_TIME = '0001-01-01T00:00:00Z';
const MAX_TIME = '9999-12-31T23:59:59.999Z';

function stringEntries(param: string, values: TypedValue[]): IndexedString[] {
  const parts = values.flatMap((value) => textParts(value));
  return parts.map((exact) => ({ param, value: foldText(exact), exact }));
}

/** A name or an address is found by each of its parts, and as a whole. */
function textParts(value: TypedValue): string[] {
  const whole = convertToSearchableStrings([value]);
  const parts = Object.entries(typeof value.value === 'object' ? ((value.value ?? {}) as object) : {});
  const said = parts.filter(([name]) => !NOT_SAID.has(name)).flatMap(([, part]) => part as unknown);
  const texts = said.filter((part): part is string => typeof part === 'string');
  return [...new Set([...whole, ...texts])];
}

/** What a name or an address is for is not a part of it. */
const NOT_SAID: ReadonlySet<string> = new Set(['id', 'use', 'type']);
