import { AppError } from '../errors.ts';
import type { MeasuresQuery } from './api.ts';
import type { Asked } from './compute.ts';
import type { Period } from './facts.ts';
import { type Dimension, GROUPINGS, MOST_GROUPINGS } from './measure.ts';

/** What a query asks for. Pure. @throws AppError (400) naming the parameter */
export function askedBy({ measure, groupBy, matureDays, ...period }: MeasuresQuery): Asked {
  return {
    ...periodOf(period),
    measures: [...new Set(listed(measure))],
    groupBy: groupings(groupBy),
    matureDays,
  };
}

/** @throws AppError (400) when it ends before it begins */
export function periodOf({ from, to }: { readonly from: string; readonly to: string }): Period {
  const period = { from: new Date(from), to: new Date(to) };
  if (period.from < period.to) return period;
  throw new AppError('invalid', 'measures.period', 'The period is empty: to must be later than from.', {
    issues: [{ text: 'It must be later than from.', expression: 'to' }],
  });
}

function groupings(text: string | undefined): Dimension[] {
  const named = [...new Set(listed(text).map(dimension))];
  if (named.length <= MOST_GROUPINGS) return named;
  const words = `Measures are grouped by ${MOST_GROUPINGS} things at most. Name fewer, and narrow the period instead.`;
  throw new AppError('invalid', 'measures.group-by', words, { issues: [{ text: words, expression: 'groupBy' }] });
}

function dimension(name: string): Dimension {
  const found = GROUPINGS.find((each) => each === name);
  if (found) return found;
  const text = `Measures are not grouped by ${JSON.stringify(name)}. Name some of: ${GROUPINGS.join(', ')}.`;
  throw new AppError('invalid', 'measures.group-by', text, { issues: [{ text, expression: 'groupBy' }] });
}

function listed(text = ''): string[] {
  return text
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');
}
