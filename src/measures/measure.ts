import type { Window } from './discharges/windows.ts';

/** What measures can be grouped and narrowed by. `maturity`: whether they are old enough to have become what they will be. */
export const DIMENSIONS = ['programme', 'sender', 'receiver', 'category', 'priority', 'month', 'maturity'] as const;

/** Groups of people. Measures are grouped by them only, and for the hub: nobody is listed by what they are. */
export const PERSONAL = ['language', 'gender', 'age', 'postcode', 'payer'] as const;

export const GROUPINGS = [...DIMENSIONS, ...PERSONAL] as const;
export type Dimension = (typeof GROUPINGS)[number];

export function isPersonal(dimension: Dimension): boolean {
  return PERSONAL.some((each) => each === dimension);
}

/** Each more makes the tables that must not tell of single people twice as many. */
export const MOST_GROUPINGS = 4;

/** What measures are of. */
export const FACTS = ['loop', 'leg', 'client', 'discharge'] as const;
export type Facts = (typeof FACTS)[number];

/**
 * A measure as data. Its conditions and values are SQL over one row of facts: of a referral (`loop`), of one organization
 * that was asked (`leg`, both in `facts.ts`), of a client's first referral (`client`, see `cms50/`), of a stay
 * in hospital (`discharge`, see `discharges/`). No text of them comes from outside.
 */
export interface Measure {
  readonly id: string;
  readonly title: string;
  /** What exactly is counted, for people: it stands beside each number. */
  readonly definition: string;
  readonly of: Facts;
  /**
   * How many; the share of some; the median, 90th and 95th percentile of hours; how many each on average; the share of each
   * part.
   */
  readonly kind: 'count' | 'proportion' | 'duration' | 'mean' | 'shares';
  /** Of which; absent: of all. */
  readonly denominator?: string;
  /** Of a duration: how long it has gone on for those of which it has not ended (an interval), for an estimate with them. */
  readonly censored?: string;
  /** Of a proportion: which of them count. */
  readonly numerator?: string;
  /** Of a duration: an interval, NULL where it has not ended. Of a mean: a number. Of shares: the part. */
  readonly value?: string;
  /** Which are not in the number because how they end is not known yet. */
  readonly open?: string;
  readonly unit: string;
  /** Whether more or less of it is better; null: neither. */
  readonly direction: 'increase' | 'decrease' | null;
  readonly source: string;
  /** Of what follows a discharge: the window it is made of. */
  readonly window?: Window;
  /** Only people and programs of the hub are told: what it does beside is not the business of who sent or was asked. */
  readonly hubOnly?: true;
}

/** The names of the numbers of a measure, by its kind. */
export const STATISTICS = {
  count: ['count'],
  proportion: ['rate'],
  duration: ['median', 'p90', 'p95'],
  mean: ['mean'],
  shares: ['share'],
} as const satisfies Record<Measure['kind'], readonly string[]>;
