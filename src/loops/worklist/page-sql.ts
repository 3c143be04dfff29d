import { Parameters } from '../../db/parameters.ts';
import type { Place } from './cursor.ts';
import { partsOf } from './parts.ts';
import type { LoopFilter, Sort } from './query.ts';
import { columns, partyOf, type Viewer } from './viewer.ts';
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

/** One page of loops as a statement; each of its orders is that of an index, in each part of what the viewer is shown. */
export function pageSql(viewer: Viewer, wanted: Wanted): Statement {
  const { filter, states, now } = wanted;
  const values = new Parameters();
  const party = partyOf(viewer);
  const own = party === undefined ? '' : values.add(party);
  const { further, inOrder } = placeSql(wanted, values);
  const selects = states.flatMap((state) =>
    partsOf(viewer).map((part) => {
      const where = whereSql({ viewer, now, values, own, part, state }, filter);
      return `SELECT ${columns(viewer)} FROM loop WHERE ${where}${further} ${inOrder}`;
    }),
  );
  const [only = '', ...others] = selects;
  if (others.length === 0) return { text: only, values: values.values };
  return { text: `${selects.map((select) => `(${select})`).join(' UNION ALL ')} ${inOrder}`, values: values.values };
}

/** Behind which place a page begins, and in which order it is. */
function placeSql(
  { filter, states, behind, limit }: Wanted,
  values: Parameters,
): { readonly further: string; readonly inOrder: string } {
  const { column, descending } = orderOf(filter.sort, states[0] ?? 'open');
  const [way, side] = descending ? [' DESC', '<'] : ['', '>'];
  const further = behind ? ` AND (${column}, id) ${side} (${values.add(behind.at)}, ${values.add(behind.id)})` : '';
  return { further, inOrder: `ORDER BY ${column}${way}, id${way} LIMIT ${values.add(limit)}` };
}
