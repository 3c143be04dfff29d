import type { Resource } from '@medplum/fhirtypes';
import { visibleTo } from '../caller.ts';
import { isForEverybody, readerKey } from '../sharing/readers.ts';
import { indexedFor } from '../sharing/trimming/seen.ts';
import { isListKey } from '../store/index/listed.ts';
import type { Stored } from '../store/unit-of-work.ts';
import type { Condition, KeysCondition } from './conditions/condition.ts';
import { type Cursor, pageGone } from './request/cursor.ts';
import type { SearchRequest } from './request/search-request.ts';
import type { Reading } from './resolve.ts';
import { chooseDriver, rowsOf, shareOf } from './selectivity.ts';
import { isByChange, placeOf } from './sql/order.ts';
import { gatherStatement, type Page, type Walk, walkStatement } from './sql/statements.ts';
import type { Statistics } from './statistics.ts';

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

/** Who sees more than this share of a type is likely to see what it finds. */
const NEARLY_ALL = 0.8;
/** Of so many pages of what matches it is asked whether the caller may see it. */
const AHEAD = 4;
/** Of fewer, it is asked of each. */
const MANY = 300;
/** A search that finds fewer than these is answered best by gathering all. */
const FEW = 2_000;
/** The same, where what is looked through belongs to one list: that holds much of what is looked for. */
const FEW_OF_LIST = 200;
const LARGEST_WALK = 20_000;
const MOST_LISTS = 10;

async function findRows(reading: Reading, request: SearchRequest, page: Page): Promise<Stored[]> {
  const { caller } = reading;
  const walk = walkFor(reading, request, page.limit);
  if (walk) {
    const found = await rowsFrom(reading, walkStatement(request, caller, page, walk));
    if (walk.budget === undefined || found.length >= page.limit) return found;
  }
  const type = request.types.length === 1 ? request.types[0] : undefined;
  const asked = { ...request, where: chooseDriver(request.where, type, reading.statistics) };
  if (isMostlySeen(reading, request)) {
    const found = await rowsFrom(reading, gatherStatement(asked, caller, page, AHEAD * page.limit));
    if (found.length >= page.limit) return found;
  }
  return rowsFrom(reading, gatherStatement(asked, caller, page));
}

/** What many match of what a caller sees nearly all of: whether it may see each is asked of some pages of them only. */
function isMostlySeen({ caller, statistics }: Reading, { types, where }: SearchRequest): boolean {
  const [type, ...others] = types;
  if (type === undefined || others.length > 0 || caller.kind !== 'client' || caller.view) return false;
  const own: Condition = { kind: 'keys', keys: [readerKey(type, caller.organizationId)] };
  const seen = isForEverybody(type) ? 1 : shareOf(own, type, statistics);
  const filters = where.filter(({ kind }) => kind !== 'updated');
  return seen > NEARLY_ALL && shareOfAll(filters, type, statistics) * rowsOf(type, statistics) > MANY;
}

function shareOfAll(conditions: readonly Condition[], type: string | undefined, statistics: Statistics): number {
  return conditions.reduce((all, each) => all * shareOf(each, type, statistics), 1);
}

async function rowsFrom({ sql }: Reading, { text, values }: ReturnType<typeof gatherStatement>): Promise<Stored[]> {
  return (await sql.query<{ content: Stored }>(text, values)).map(({ content }) => content);
}

/**
 * Whether and how resources are looked at in the order of their changes before all that match are gathered: those of a
 * type, or of the lists the search names; as many as it is likely to take, not where few match, and with no end where
 * every one does.
 */
function walkFor({ statistics }: Reading, request: SearchRequest, limit: number): Walk | undefined {
  const { types, where } = request;
  if (!isByChange(request)) return undefined;
  const filters = where.filter(({ kind }) => kind !== 'updated');
  if (filters.length === 0) return {};
  const type = types.length === 1 ? types[0] : undefined;
  const list = type === undefined ? undefined : filters.find((each): each is KeysCondition => isList(type, each));
  const among = shareOfAll(
    filters.filter((each) => each !== list),
    type,
    statistics,
  );
  const matches = among * (list ? shareOf(list, type, statistics) : 1) * rowsOf(type, statistics);
  if (matches < (list ? FEW_OF_LIST : FEW)) return undefined;
  return { list, budget: Math.min(LARGEST_WALK, Math.ceil((4 * limit) / among) + 200) };
}

function isList(type: string, condition: Condition): condition is KeysCondition {
  return (
    condition.kind === 'keys' &&
    condition.keys.length <= MOST_LISTS &&
    condition.keys.every((key) => isListKey(type, key))
  );
}

/** The values of the order at a cursor's place: of the version it names, whatever became of the resource since. */
async function placeAt(reading: Reading, request: SearchRequest, cursor: Cursor): Promise<readonly unknown[]> {
  const { type, id, version, lastUpdated } = cursor;
  const least = { resourceType: type, id } as Resource;
  if (request.sort.every(({ kind }) => kind !== 'parameter')) return placeOf(request, least, lastUpdated);
  const [row] = await reading.sql.query<{ content: Resource | null }>(
    // As it is found, by which it is ordered.
    `SELECT ${indexedFor(reading.caller, 'resource', 'h.content')} AS content
     FROM resource_version h JOIN resource USING (type, id)
     WHERE h.type = $1 AND h.id = $2 AND h.version = $3 AND ${visibleTo(reading.caller)}`,
    [type, id, version],
  );
  if (row?.content) return placeOf(request, row.content, lastUpdated);
  throw pageGone();
}
