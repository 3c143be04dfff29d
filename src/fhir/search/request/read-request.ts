import { AppError } from '../../../errors.ts';
import { isStoredType, storedTypes } from '../../definitions.ts';
import { refuseApart } from '../apart.ts';
import type { Condition } from '../conditions/condition.ts';
import type { SearchContext } from '../conditions/context.ts';
import { shown } from '../conditions/refusal.ts';
import { alternativesOf } from '../conditions/values.ts';
import { readFilter } from '../filters/read-filter.ts';
import { CURSOR, readCursor } from './cursor.ts';
import { isInclusion, readInclusion } from './read-includes.ts';
import { readSort } from './read-sort.ts';
import type { Inclusion, SearchRequest, Within } from './search-request.ts';

type Params = readonly (readonly [name: string, value: string])[];

const DEFAULT_COUNT = 20;
const LARGEST_PAGE = 1_000;
const MOST_PARAMETERS = 100;
const MOST_VALUES = 10_000;

/** Parameters that say how an answer is written; others read them. @see https://hl7.org/fhir/R4/http.html#parameters */
const OF_THE_ANSWER: ReadonlySet<string> = new Set(['_format', '_pretty', '_elements']);

/**
 * Reads the parameters of a search. Pure.
 * @param type the type that is searched; undefined for the whole system
 * @param within what belongs to one resource, where that is searched
 * @throws AppError (400) for a parameter that is known and cannot be used so
 * @see https://hl7.org/fhir/R4/search.html
 */
export function readRequest(
  context: SearchContext,
  type: string | undefined,
  params: Params,
  within?: Within,
): SearchRequest {
  if (params.length > MOST_PARAMETERS) throw tooMany(`${MOST_PARAMETERS} parameters`);
  if (params.some((param) => !param.every(isText))) {
    const text = 'The search holds a character that no text here has: NUL, or half of a pair.';
    throw new AppError('invalid', 'search.not-text', text);
  }
  const types = type === undefined ? typesAsked(params, within?.types ?? storedTypes()) : [type];
  const given = new Map(params);
  const { where, unknown } = readFilters(context, types, type === undefined, params);
  const leftOut = new Set(unknown);
  const total = oneOf(given, '_total', ['none', 'estimate', 'accurate']);
  const count = pageSize(given.get('_count'));
  const countOnly = given.get('_summary') === 'count' || count === 0;
  const cursor = given.get(CURSOR);
  refuseContained(given);
  return {
    types,
    where: within ? [within.condition(types), ...where] : where,
    sort: readSort(types, params.flatMap(([name, value]) => (name === '_sort' ? [value] : [])).join(',')),
    count,
    countOnly,
    wantsTotal: countOnly || total === 'accurate' || total === 'estimate',
    includes: inclusions(params, '_include'),
    revIncludes: inclusions(params, '_revinclude'),
    cursor: cursor === undefined ? undefined : readCursor(cursor),
    unknown,
    understood: params.filter(([name, value]) => !leftOut.has(name) && value !== ''),
  };
}

function isText(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed();
}

/** Parameters of the search itself, rather than of what is searched. */
const OF_THE_SEARCH: ReadonlySet<string> = new Set([
  ...['_sort', '_count', '_total', '_summary', '_contained', '_containedType', CURSOR],
  ...OF_THE_ANSWER,
]);

interface Filters {
  readonly where: Condition[];
  readonly unknown: string[];
}

function readFilters(context: SearchContext, types: readonly string[], isSystem: boolean, params: Params): Filters {
  const found: Filters = { where: [], unknown: [] };
  let values = 0;
  for (const [name, value] of params) {
    if (OF_THE_SEARCH.has(name) || isInclusion(name) || (isSystem && name === '_type')) continue;
    const alternatives = alternativesOf(value);
    // A parameter without a value asks for nothing.
    if (alternatives.length === 0) continue;
    values += alternatives.length;
    if (values > MOST_VALUES) throw tooMany(`${MOST_VALUES} values`);
    const condition = readFilter(context, types, { name, values: alternatives });
    if (condition) found.where.push(...(condition.kind === 'all' ? condition.conditions : [condition]));
    else found.unknown.push(name);
  }
  return found;
}

function typesAsked(params: Params, all: readonly string[]): readonly string[] {
  const asked = params.filter(([name]) => name === '_type').flatMap(([, value]) => alternativesOf(value));
  const types = [...new Set(asked)];
  if (!types.every(isStoredType))
    throw new AppError('invalid', 'search.type', '_type must name R4 resource types, separated by commas.');
  refuseApart(...types);
  return types.length > 0 ? all.filter((each) => types.includes(each)) : all;
}

function inclusions(params: Params, kind: '_include' | '_revinclude'): Inclusion[] {
  const asked = params.filter(([name]) => name === kind || name.startsWith(`${kind}:`));
  return asked.flatMap(([name, value]) => alternativesOf(value).map((each) => readInclusion(name, each)));
}

function pageSize(value: string | undefined): number {
  if (value === undefined || value === '') return DEFAULT_COUNT;
  if (/^\d{1,9}$/.test(value)) return Math.min(Number(value), LARGEST_PAGE);
  throw new AppError('invalid', 'search.count', '_count must be a whole number, 0 or more.');
}

function oneOf(given: ReadonlyMap<string, string>, name: string, known: readonly string[]): string | undefined {
  const value = given.get(name);
  if (value === undefined || value === '' || known.includes(value)) return value;
  throw new AppError('invalid', 'search.parameter', `${shown(name)} must be ${known.join(', ')}.`);
}

/** @see https://hl7.org/fhir/R4/search.html#contained */
function refuseContained(given: ReadonlyMap<string, string>): void {
  const asked = oneOf(given, '_contained', ['false', 'true', 'both']) ?? 'false';
  oneOf(given, '_containedType', ['container', 'contained']);
  if (asked === 'false' || asked === '') return;
  const text = `This server does not search contained resources by themselves ("_contained" must be false). Search the resources that hold them, e.g. by chained parameters of what they refer to.`;
  throw new AppError('invalid', 'search.contained', text);
}

function tooMany(limit: string): AppError {
  return new AppError('invalid', 'search.too-much', `A search may have at most ${limit}. Ask in several searches.`);
}
