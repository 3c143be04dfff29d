import { AppError } from '../errors.ts';
import type { MeasuresQuery } from './api.ts';
import type { Asked } from './compute.ts';
import type { Period } from './facts.ts';
import { DIMENSIONS, type Dimension } from './measure.ts';

/** What a query asks for. Pure. @throws AppError (400) naming the parameter */
export function askedBy({ measure, groupBy, ...period }: MeasuresQuery): Asked {
  return {
    ...periodOf(period),
    measures: [...new Set(listed(measure))],
    groupBy: [...new Set(listed(groupBy).map(dimension))],
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

function dimension(name: string): Dimension {
  const found = DIMENSIONS.find((each) => each === name);
  if (found) return found;
  const text = `Measures are not grouped by ${JSON.stringify(name)}. Name some of: ${DIMENSIONS.join(', ')}.`;
  throw new AppError('invalid', 'measures.group-by', text, { issues: [{ text, expression: 'groupBy' }] });
}

function listed(text = ''): string[] {
  return text
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');
}
