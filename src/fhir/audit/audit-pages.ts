import type { Bundle } from '@medplum/fhirtypes';
import { AppError } from '../../errors.ts';
import type { Params } from '../rest/request/address.ts';

/** Where an entry stands: its id, and its moment as the database writes it. */
export interface Placed {
  readonly id: string;
  readonly at: string;
}

/** Some of what a search finds, in its order. */
export interface Page<Row> {
  readonly rows: readonly Row[];
  readonly hasNext: boolean;
  readonly hasPrevious: boolean;
}

/** How entries are sorted. */
export interface Order {
  readonly columns: readonly string[];
  readonly descending: boolean;
}

/** By what `_sort` names; newest first where it names nothing. @throws AppError (400) */
export function orderOf(sort: string | undefined): Order {
  const [, minus, code] = /^(-?)(date|_lastUpdated|_id)$/.exec(sort || '-date') ?? [];
  if (code === undefined) {
    const text = 'Audit events are sorted by date, _lastUpdated or _id, with a - before it for the latest first.';
    throw new AppError('invalid', 'search.sort-not-supported', text);
  }
  return { columns: code === '_id' ? ['a.id'] : ['a.recorded_at', 'a.id'], descending: minus === '-' };
}

/** A place between two pages: just behind an entry, or just before it. */
export interface Cursor extends Placed {
  readonly direction: 'next' | 'previous';
}

/** The order in which entries are read: away from the place. */
export function orderSql(order: Order, cursor: Cursor | undefined): string {
  return order.columns.map((column) => `${column} ${isDescending(order, cursor) ? 'DESC' : 'ASC'}`).join(', ');
}

/** Which entries are on that side of a place, as SQL. @param add takes a value and gives its placeholder */
export function beside(cursor: Cursor, order: Order, add: (value: unknown) => string): string {
  const isById = order.columns.length === 1;
  const place = [...(isById ? [] : [`${add(cursor.at)}::timestamptz`]), `${add(cursor.id)}::bigint`];
  return `(${order.columns.join(', ')}) ${isDescending(order, cursor) ? '<' : '>'} (${place.join(', ')})`;
}

function isDescending({ descending }: Order, cursor: Cursor | undefined): boolean {
  return cursor?.direction === 'previous' ? !descending : descending;
}

/** @param found as they were read; one more than a page holds, where there are more */
export function pageFrom<Row>(found: readonly Row[], size: number, cursor: Cursor | undefined): Page<Row> {
  const rows = found.slice(0, size);
  const hasMore = found.length > size;
  return cursor?.direction === 'previous'
    ? { rows: rows.reverse(), hasNext: true, hasPrevious: hasMore }
    : { rows, hasNext: hasMore, hasPrevious: cursor !== undefined };
}

/** @throws AppError (400) when it is none that this server wrote */
export function readCursor(cursor: string): Cursor {
  try {
    const [direction, at, id] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as readonly unknown[];
    const isPlace = !Number.isNaN(Date.parse(String(at))) && /^\d{1,18}$/.test(String(id));
    const isDirection = direction === 'next' || direction === 'previous';
    if (isPlace && isDirection) return { direction, at: String(at), id: String(id) };
  } catch {
    // Said below.
  }
  const text = 'This _cursor is not one of a link this server gave. Follow the links of a search result as they are.';
  throw new AppError('invalid', 'search.cursor', text);
}

type Links = NonNullable<Bundle['link']>;

/** The address of what was asked. */
export function selfLink(base: string, params: Params): Links[number] {
  return { relation: 'self', url: urlOf(base, params) };
}

/** The addresses of a page and of those beside it. @see https://hl7.org/fhir/R4/http.html#paging */
export function linksOf(base: string, params: Params, { rows, hasNext, hasPrevious }: Page<Placed>): Links {
  const kept = params.filter(([name]) => name !== '_cursor');
  const to = (direction: Cursor['direction'], place: Placed | undefined): Links =>
    place ? [{ relation: direction, url: urlOf(base, [...kept, ['_cursor', writeCursor(direction, place)]]) }] : [];
  return [
    selfLink(base, params),
    { relation: 'first', url: urlOf(base, kept) },
    ...(hasNext ? to('next', rows.at(-1)) : []),
    ...(hasPrevious ? to('previous', rows[0]) : []),
  ];
}

function writeCursor(direction: Cursor['direction'], { at, id }: Placed): string {
  return Buffer.from(JSON.stringify([direction, at, id])).toString('base64url');
}

function urlOf(base: string, query: Params): string {
  return `${base}/AuditEvent${query.length > 0 ? `?${new URLSearchParams(query)}` : ''}`;
}
