import { DEFAULT_SEARCH_COUNT, formatSearchQuery, parseSearchRequest, type SearchRequest } from '@medplum/core';
import type { Bundle, BundleEntry, OperationOutcome, Resource } from '@medplum/fhirtypes';
import type { Sql } from '../../db/database.ts';
import { AppError } from '../../errors.ts';
import type { Caller } from '../caller.ts';
import { countSql, searchSql, unknownParameters } from './to-sql.ts';

const LARGEST_PAGE = 1_000;

/** TEMPORARY: the search to come brings its own. */
export async function searchBundle(
  { sql, caller, base }: { readonly sql: Sql; readonly caller: Caller; readonly base: string },
  type: string | undefined,
  params: readonly [string, string][],
  _options: { readonly strict: boolean },
): Promise<Bundle> {
  const query = new URLSearchParams(params);
  const request = parseSearchRequest(`${type}?${query}`);
  const count = pageSize(request.count);
  const { text, values } = searchSql(request, caller, count + 1);
  const rows = count === 0 ? [] : await sql.query<{ content: Resource }>(text, values);
  const resources = rows.slice(0, count).map(({ content }) => content);
  const entry: BundleEntry[] = resources.map((resource) => ({
    fullUrl: `${base}/${resource.resourceType}/${resource.id}`,
    search: { mode: 'match' },
    resource,
  }));
  entry.push(...outcomeEntries(unknownParameters(request)));
  return {
    resourceType: 'Bundle',
    type: 'searchset',
    ...(await total(caller, sql, request)),
    link: links(request, count, rows.length > count).map((each) => ({ ...each, url: `${base}/${each.url}` })),
    entry,
  };
}

function pageSize(count: number | undefined): number {
  if (count === undefined) return DEFAULT_SEARCH_COUNT;
  if (Number.isInteger(count) && count >= 0) return Math.min(count, LARGEST_PAGE);
  throw new AppError('invalid', 'search.count', '_count must be a whole number, 0 or more.');
}

async function total(caller: Caller, sql: Sql, request: SearchRequest): Promise<{ total?: number }> {
  if (request.total !== 'accurate') return {};
  const { text, values } = countSql(request, caller);
  const [row] = await sql.query<{ total: number }>(text, values);
  return { total: row?.total ?? 0 };
}

function links(request: SearchRequest, count: number, more: boolean): NonNullable<Bundle['link']> {
  const at = (offset: number): string => `${request.resourceType}${formatSearchQuery({ ...request, count, offset })}`;
  const offset = request.offset ?? 0;
  return [{ relation: 'self', url: at(offset) }, ...(more ? [{ relation: 'next', url: at(offset + count) }] : [])];
}

/** Parameters this server does not know are left out of the search, and said so. @see https://hl7.org/fhir/R4/search.html#errors */
function outcomeEntries(unknown: string[]): BundleEntry[] {
  if (unknown.length === 0) return [];
  const outcome: OperationOutcome = {
    resourceType: 'OperationOutcome',
    issue: unknown.map((code) => ({
      severity: 'warning',
      code: 'not-supported',
      details: { text: `The search parameter "${code}" is not known and was left out.` },
    })),
  };
  return [{ search: { mode: 'outcome' }, resource: outcome }];
}
