import { AppError } from '../errors.ts';
import { CLIENT_MEASURES } from './client-measures.ts';
import { CMS50_MEASURES } from './cms50/measures.ts';
import { DISCHARGE_MEASURES } from './discharges/measures.ts';
import { LEG_MEASURES } from './leg-measures.ts';
import { LOOP_MEASURES } from './loop-measures.ts';
import type { Measure } from './measure.ts';

/** Everything that is measured. */
export const MEASURES: readonly Measure[] = [
  ...LOOP_MEASURES,
  ...CLIENT_MEASURES,
  ...LEG_MEASURES,
  ...CMS50_MEASURES,
  ...DISCHARGE_MEASURES,
];

/**
 * The measures of these ids that a caller is told; when none is named all that are of referrals. CMS50 needs codes that
 * not every hub has.
 * @throws AppError (404) naming what there is
 */
export function measuresNamed(ids: readonly string[], isHub: boolean): readonly Measure[] {
  const told = MEASURES.filter(({ hubOnly }) => isHub || !hubOnly);
  if (ids.length === 0) return told.filter(({ of }) => of === 'loop' || of === 'leg');
  return ids.map((id) => {
    const found = told.find((each) => each.id === id);
    if (found) return found;
    const there = told.map((each) => each.id).join(', ');
    throw new AppError('notFound', 'measures.not-found', `There is no such measure. Ask for one of: ${there}.`, {
      issues: [{ text: 'Not a measure of this hub.', expression: 'measure' }],
    });
  });
}
