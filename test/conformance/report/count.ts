import type { Row } from '../requirement.ts';

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly notApplicable: number;
}

/** Pure. */
export function count(rows: readonly Row[]): Counts {
  const of = (holds: (row: Row) => boolean): number => rows.filter(holds).length;
  return {
    passed: of(({ result }) => result === 'pass'),
    failed: of(({ result }) => result === 'fail'),
    notApplicable: of(({ result }) => result === 'not applicable'),
  };
}
