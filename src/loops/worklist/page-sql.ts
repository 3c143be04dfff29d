import { Parameters } from '../../db/parameters.ts';
import type { Place } from './cursor.ts';
import type { LoopFilter, Sort } from './query.ts';
import { columns, type Viewer } from './viewer.ts';
import { whereSql } from './where.ts';

export interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** What a page is of. */
export interface Wanted {
  readonly filter: LoopFilter;
  /** Of closed loops, of open ones, or of both in one order. */
  readonly states: readonly ('open' | 'closed')[];
  /** Behind what; undefined: from the beginning. */
  readonly behind: Place | undefined;
  readonly limit: number;
  readonly now: Date;
}

interface Order {
  readonly column: 'due' | 'opened_at' | 'closed_at';
  readonly descending: boolean;
}

/** In which order loops come. What has ended is due no more: the last one first. Pure. */
export function orderOf(sort: Sort, state: 'open' | 'closed'): Order {
  const descending = sort.startsWith('-');
  if (sort.endsWith('received')) return { column: 'opened_at', descending };
  return state === 'open' ? { column: 'due', descending } : { column: 'closed_at', descending: true };
}

/** One page of loops as a statement; each of its orders is that of an index. */
export function pageSql(viewer: Viewer, { filter, states, behind, limit, now }: Wanted): Statement {
  const values = new Parameters();
  const where = whereSql({ viewer, now, values }, filter);
  const place = behind ? [values.add(behind.at), values.add(behind.id)] : [];
  const most = values.add(limit);
  const [first = 'open', ...others] = states;
  const { column, descending } = orderOf(filter.sort, first);
  const [way, side] = descending ? [' DESC', '<'] : ['', '>'];
  const further = place.length > 0 ? ` AND (${column}, id) ${side} (${place.join(', ')})` : '';
  const inOrder = `ORDER BY ${column}${way}, id${way} LIMIT ${most}`;
  const part = (state: string): string =>
    `SELECT ${columns(viewer)} FROM loop WHERE state = '${state}' ${where}${further} ${inOrder}`;
  if (others.length === 0) return { text: part(first), values: values.values };
  return { text: `${states.map((state) => `(${part(state)})`).join(' UNION ALL ')} ${inOrder}`, values: values.values };
}
