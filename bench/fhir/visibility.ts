import type { Kind } from './kinds.ts';
import type { Driven } from './load/drive.ts';
import { median, rounded } from './medians.ts';

/** What visibility is held against. */
export const BOUNDED: readonly Kind[] = ['read', 'create', 'update', 'transaction', 'search', 'chained', 'include'];

/** One thing as the hub is, and by a hub without the clause of visibility: medians, of one run. */
export interface Bounded {
  readonly size: number;
  readonly kind: Kind;
  readonly perSecond: number;
  readonly withoutClause: number;
  /** The median of the ratios of each round: 1 where visibility costs nothing. */
  readonly ratio: number;
}

export type Pair = readonly [asItIs: Driven, without: Driven];

/** Pure. */
export function boundedOf(size: number, kind: Kind, pairs: readonly Pair[]): Bounded {
  return {
    size,
    kind,
    perSecond: rounded(median(pairs.map(([asItIs]) => asItIs.perSecond)), 1),
    withoutClause: rounded(median(pairs.map(([, without]) => without.perSecond)), 1),
    ratio: rounded(median(pairs.map(([asItIs, without]) => asItIs.perSecond / without.perSecond)), 3),
  };
}
