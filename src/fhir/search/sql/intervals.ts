import type { Box } from '../conditions/condition.ts';

/** A span of moments in milliseconds since 1970, both ends inclusive. */
export interface Interval {
  readonly from: number;
  readonly to: number;
}

export const FIRST_MOMENT = Date.parse('0001-01-01T00:00:00Z');
export const LAST_MOMENT = Date.parse('9999-12-31T23:59:59.999Z');

/**
 * The moments that some boxes let through, as few spans as there can be: what begins where another ends is one with
 * it, so that an index can be read from one end to the other. Pure.
 */
export function intervalsOf(boxes: readonly Box[]): Interval[] {
  const merged: Interval[] = [];
  const spans = boxes.map(spanOf).filter(({ from, to }) => from <= to);
  for (const span of spans.sort((a, b) => a.from - b.from)) {
    const last = merged.at(-1);
    if (!last || span.from > last.to + 1) merged.push(span);
    else merged[merged.length - 1] = { from: last.from, to: Math.max(last.to, span.to) };
  }
  return merged;
}

/** Of a moment both ends are the same, so that the bounds of either bound it. */
function spanOf({ low, high }: Box): Interval {
  const from = Math.max(low?.from ?? FIRST_MOMENT, high?.from ?? FIRST_MOMENT, FIRST_MOMENT);
  const to = Math.min(low?.to ?? LAST_MOMENT, high?.to ?? LAST_MOMENT, LAST_MOMENT);
  return { from, to };
}
