import { AppError } from '../errors.ts';
import { CLIENT_MEASURES } from './client-measures.ts';
import { CMS50_MEASURES } from './cms50/measures.ts';
import { windowMeasure } from './discharges/measures.ts';
import type { Window } from './discharges/windows.ts';
import { LEG_MEASURES } from './leg-measures.ts';
import { LOOP_MEASURES } from './loop-measures.ts';
import type { Measure } from './measure.ts';

/** What is measured everywhere. */
export const MEASURES: readonly Measure[] = [...LOOP_MEASURES, ...CLIENT_MEASURES, ...LEG_MEASURES, ...CMS50_MEASURES];

/** Everything that a hub measures. @param windows that are its own beside what is measured everywhere */
export function measuresWith(windows: readonly Window[]): readonly Measure[] {
  return [...MEASURES, ...windows.map(windowMeasure)];
}

/**
 * The measures of these ids that a caller is told; when none is named all that are of referrals. CMS50 needs codes that
 * not every hub has.
 * @throws AppError (404) naming what there is
 */
export function measuresNamed(
  measures: readonly Measure[],
  ids: readonly string[],
  isHub: boolean,
): readonly Measure[] {
  const told = measures.filter(({ hubOnly }) => isHub || !hubOnly);
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
