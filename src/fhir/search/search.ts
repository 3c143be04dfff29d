import type { Bundle, BundleEntry, OperationOutcome, Resource } from '@medplum/fhirtypes';
import type { Sql } from '../../db/database.ts';
import { AppError } from '../../errors.ts';
import type { Caller } from '../caller.ts';
import { marked } from '../sharing/confidentiality.ts';
import { someEntries } from '../some-entries.ts';
import type { Stored } from '../store/unit-of-work.ts';
import type { SearchContext } from './conditions/context.ts';
import { shown } from './conditions/refusal.ts';
import { type FoundPage, findPage } from './find-page.ts';
import { include } from './include.ts';
import { readable } from './readable.ts';
import { CURSOR, type Cursor, writeCursor } from './request/cursor.ts';
import { readRequest } from './request/read-request.ts';
import type { SearchRequest, Within } from './request/search-request.ts';
import { type Reading, resolveAll } from './resolve.ts';
import { chooseDriver } from './selectivity.ts';
import { countStatement } from './sql/statements.ts';
import type { ReadStatistics } from './statistics.ts';

/** In what a search is carried out: the database or a transaction, who asks, and how words are understood. */
export interface Searching extends SearchContext {
  readonly sql: Sql;
  readonly caller: Caller;
  readonly statistics: ReadStatistics;
}

/**
 * A search, as the Bundle that answers it.
 * @param type the type that is searched; undefined for the whole system
 * @param options strict: whether parameters this server does not know are refused; within: only what belongs to a resource
 * @throws AppError (400) when a parameter cannot be used as it is
 * @see https://hl7.org/fhir/R4/http.html#search
 */
export async function searchBundle(
  searching: Searching,
  type: string | undefined,
  params: readonly (readonly [name: string, value: string])[],
  { strict, within }: { readonly strict: boolean; readonly within?: Within },
): Promise<Bundle> {
  const { sql, caller, base, now } = searching;
  const asked = readRequest(searching, type, params, within);
  if (strict && asked.unknown.length > 0) throw unknownParameters(asked.unknown);
  const reading: Reading = { sql, caller, statistics: await searching.statistics(sql) };
  const where = await resolveAll(reading, asked.where);
  const request = { ...asked, where: readable(where, asked.types, caller, reading.statistics) };
  const page = request.countOnly ? NO_PAGE : await findPage(reading, request);
  const included = await include(reading, request, page.resources, base);
  const entry = [
    ...page.resources.map((resource) => entryOf(base, resource, 'match')),
    ...included.resources.map((resource) => entryOf(base, resource, 'include')),
    ...outcomeEntry([...asked.unknown.map(leftOut), ...(included.leftOut ? [included.leftOut] : [])]),
  ];
  return marked({
    resourceType: 'Bundle',
    type: 'searchset',
    ...(await total(reading, request, page)),
    link: links(request, page, `${base}/${within?.path ?? type ?? ''}`, request.cursor?.asOf ?? now),
    ...someEntries(entry),
  });
}

const NO_PAGE: FoundPage = { resources: [], hasNext: false, hasPrevious: false };

function entryOf(base: string, resource: Stored, mode: 'match' | 'include'): BundleEntry {
  return {
    fullUrl: `${base}/${resource.resourceType}/${resource.id}`,
    resource: resource as Resource,
    search: { mode },
  };
}

/** How many match: when that is asked, or is known because they all stand here. */
async function total(reading: Reading, request: SearchRequest, page: FoundPage): Promise<{ total?: number }> {
  const isAll = !request.countOnly && !request.cursor && !page.hasNext;
  if (isAll) return { total: page.resources.length };
  if (!request.wantsTotal) return {};
  const type = request.types.length === 1 ? request.types[0] : undefined;
  const where = chooseDriver(request.where, type, reading.statistics);
  const { text, values } = countStatement({ ...request, where }, reading.caller);
  const [row] = await reading.sql.query<{ total: number }>(text, values);
  return { total: row?.total ?? 0 };
}

type Links = NonNullable<Bundle['link']>;

/** @see https://hl7.org/fhir/R4/http.html#paging */
function links(request: SearchRequest, page: FoundPage, address: string, asOf: Date): Links {
  const search = request.understood.filter(([name]) => name !== CURSOR);
  const at = (params: SearchRequest['understood']): string =>
    params.length > 0
      ? `${address}?${new URLSearchParams(params.map(([name, value]): [string, string] => [name, value]))}`
      : address;
  const beside = (direction: Cursor['direction'], resource: Stored | undefined): Links => {
    if (!resource) return [];
    const cursor = writeCursor(cursorAt(direction, resource, asOf));
    return [{ relation: direction, url: at([...search, [CURSOR, cursor]]) }];
  };
  if (request.countOnly) return [{ relation: 'self', url: at(request.understood) }];
  return [
    { relation: 'self', url: at(request.understood) },
    { relation: 'first', url: at(search) },
    ...(page.hasNext ? beside('next', page.resources.at(-1)) : []),
    ...(page.hasPrevious ? beside('previous', page.resources[0]) : []),
  ];
}

function cursorAt(direction: Cursor['direction'], { resourceType: type, id, meta }: Stored, asOf: Date): Cursor {
  const lastUpdated = new Date(meta?.lastUpdated ?? 0);
  return { direction, type, id, version: Number(meta?.versionId ?? 1), lastUpdated, asOf };
}

/** @see https://hl7.org/fhir/R4/search.html#errors */
function unknownParameters(names: readonly string[]): AppError {
  const issues = names.map((name) => ({ text: `The search parameter ${shown(name)} is not known.` }));
  const text =
    'The search has parameters this server does not know. Leave them out, or do not ask for strict handling.';
  return new AppError('invalid', 'search.unknown-parameter', text, { issues });
}

function leftOut(name: string): string {
  return `The search parameter ${shown(name)} is not known and was left out.`;
}

/** What a caller must know about the answer beside what was found. */
function outcomeEntry(texts: readonly string[]): BundleEntry[] {
  if (texts.length === 0) return [];
  const outcome: OperationOutcome = {
    resourceType: 'OperationOutcome',
    issue: texts.map((text) => ({ severity: 'warning', code: 'not-supported', details: { text } })),
  };
  return [{ search: { mode: 'outcome' }, resource: outcome }];
}
