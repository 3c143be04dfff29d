import type { Row } from '../requirement.ts';

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly notApplicable: number;
  /** Of those that are not applicable: what comes with a later part of the server. */
  readonly deferred: number;
}

/** Pure. */
export function count(rows: readonly Row[]): Counts {
  const of = (holds: (row: Row) => boolean): number => rows.filter(holds).length;
  return {
    passed: of(({ result }) => result === 'pass'),
    failed: of(({ result }) => result === 'fail'),
    notApplicable: of(({ result }) => result === 'not applicable'),
    deferred: of(({ because }) => because === 'deferred'),
  };
}
