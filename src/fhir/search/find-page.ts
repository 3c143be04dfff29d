import type { Resource } from '@medplum/fhirtypes';
import { AppError } from '../../errors.ts';
import { visibleTo } from '../caller.ts';
import type { Stored } from '../store/unit-of-work.ts';
import type { Cursor } from './request/cursor.ts';
import type { SearchRequest } from './request/search-request.ts';
import type { Reading } from './resolve.ts';
import { rowsOf, shareOf } from './selectivity.ts';
import { isByChange, placeOf } from './sql/order.ts';
import { gatherStatement, type Page, walkStatement } from './sql/statements.ts';

/** A page of what a search finds, and whether there is more on either side. */
export interface FoundPage {
  readonly resources: readonly Stored[];
  readonly hasNext: boolean;
  readonly hasPrevious: boolean;
}

/** Finds a page. @param request with its links resolved */
export async function findPage(reading: Reading, request: SearchRequest): Promise<FoundPage> {
  const { cursor, count } = request;
  const backwards = cursor?.direction === 'previous';
  const place = cursor && (await placeAt(reading, request, cursor));
  // One more than a page tells whether there is another one.
  const found = await findRows(reading, request, { place, backwards, limit: count + 1, asOf: cursor?.asOf });
  const hasMore = found.length > count;
  const resources = found.slice(0, count);
  if (backwards) return { resources: resources.reverse(), hasNext: true, hasPrevious: hasMore };
  return { resources, hasNext: hasMore, hasPrevious: cursor !== undefined };
}

/** A search that finds fewer than these is answered best by gathering all. */
const FEW = 2_000;
const LARGEST_WALK = 20_000;

async function findRows(reading: Reading, request: SearchRequest, page: Page): Promise<Stored[]> {
  const { caller } = reading;
  const budget = walkBudget(reading, request, page.limit);
  if (budget !== 0) {
    const found = await rowsFrom(reading, walkStatement(request, caller, page, budget));
    if (budget === undefined || found.length >= page.limit) return found;
  }
  return rowsFrom(reading, gatherStatement(request, caller, page));
}

async function rowsFrom({ sql }: Reading, { text, values }: ReturnType<typeof gatherStatement>): Promise<Stored[]> {
  return (await sql.query<{ content: Stored }>(text, values)).map(({ content }) => content);
}

/**
 * How many resources, in the order of their changes, are looked at for a page before all that match are gathered: as
 * many as it is likely to take, none where few match, and no end where every one does.
 */
function walkBudget({ statistics }: Reading, request: SearchRequest, limit: number): number | undefined {
  const { types, where } = request;
  if (!isByChange(request)) return 0;
  const filters = where.filter(({ kind }) => kind !== 'updated');
  if (filters.length === 0) return undefined;
  const type = types.length === 1 ? types[0] : undefined;
  const share = filters.reduce((all, each) => all * shareOf(each, type, statistics), 1);
  if (share * rowsOf(type, statistics) < FEW) return 0;
  return Math.min(LARGEST_WALK, Math.ceil((4 * limit) / share) + 200);
}

/** The values of the order at a cursor's place: of the version it names, whatever became of the resource since. */
async function placeAt(reading: Reading, request: SearchRequest, cursor: Cursor): Promise<readonly unknown[]> {
  const { type, id, version, lastUpdated } = cursor;
  const least = { resourceType: type, id } as Resource;
  if (request.sort.every(({ kind }) => kind !== 'parameter')) return placeOf(request, least, lastUpdated);
  const [row] = await reading.sql.query<{ content: Resource | null }>(
    `SELECT h.content FROM resource_history h JOIN resource USING (type, id)
     WHERE h.type = $1 AND h.id = $2 AND h.version = $3 AND ${visibleTo(reading.caller)}`,
    [type, id, version],
  );
  if (row?.content) return placeOf(request, row.content, lastUpdated);
  throw new AppError('invalid', 'search.cursor', 'This page is no longer there. Begin again with the first page.');
}
