import { type Dimension, GROUPINGS } from './measure.ts';

/** SQL of columns that rows have and are not grouped by. */
export function ungrouped(dimensions: readonly Dimension[]): string {
  return dimensions.map((name) => `NULL::text AS ${name}`).join(', ');
}

/** Of rows that are grouped by their sender only. */
export const BY_SENDER_ONLY = ungrouped(GROUPINGS.filter((each) => each !== 'sender'));
