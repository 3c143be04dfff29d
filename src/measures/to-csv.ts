import { csvText } from '../reports/csv.ts';
import type { Measured, MeasuredNumber, Measures } from './api.ts';
import type { Dimension } from './measure.ts';

const BEFORE = ['from', 'to', 'measure', 'title'];
const AFTER = ['part', 'statistic', 'value', 'unit', 'n', 'numerator', 'open', 'suppressed', 'definition'];

/** Measures as CSV: a line for each statistic of each number. What is not told is empty. Pure. */
export function toCsv({ from, to, measures }: Measures, groupBy: readonly Dimension[]): string {
  const titles = [...BEFORE, ...(groupBy.length > 0 ? ['group'] : []), ...groupBy.flatMap(titlesOf), ...AFTER];
  const lines = measures.flatMap((measured) =>
    measured.numbers.flatMap((number) => linesOf(measured, number, groupBy).map((line) => [from, to, ...line])),
  );
  return csvText([titles, ...lines]);
}

function titlesOf(dimension: Dimension): string[] {
  return dimension === 'sender' || dimension === 'receiver' ? [`${dimension}_id`, dimension] : [dimension];
}

function linesOf(measured: Measured, number: MeasuredNumber, groupBy: readonly Dimension[]): string[][] {
  const { group, part, n, numerator, open, suppressed } = number;
  const whole = groupBy.length > 0 ? [group === null ? 'all' : 'one'] : [];
  const placed = groupBy.flatMap((dimension) => {
    const at = group?.[dimension] ?? null;
    if (titlesOf(dimension).length === 1) return [typeof at === 'string' ? at : ''];
    return typeof at === 'object' && at !== null ? [at.id, at.name] : ['', ''];
  });
  const counts = [n, numerator, open].map((each) => each?.toString() ?? '');
  return Object.entries(number.values).map(([statistic, value]) => [
    ...[measured.id, measured.title, ...whole, ...placed, part ?? '', statistic, value?.toString() ?? ''],
    ...[measured.unit, ...counts, suppressed ? 'yes' : 'no', measured.definition],
  ]);
}
