import { calendarsToApply, markApplied } from '../../calendars/store.ts';
import type { Store } from '../../fhir/store/transact.ts';
import { type GoesOn, reprojectByCalendar } from './reproject.ts';

/** Longer than any transaction takes: one that had read the calendar before is over then, and its loop is found. */
const SETTLED_MS = 60_000;

/**
 * Has open loops fall due by calendars that were changed. Several processes may do so at once, each loop is done once.
 * @returns how many loops there were
 */
export async function applyCalendars(store: Store, goesOn: GoesOn = () => true): Promise<number> {
  let count = 0;
  for (const each of await calendarsToApply(store.db)) {
    const done = await reprojectByCalendar(store, each, goesOn);
    count += done;
    if (done === 0 && (await goesOn()) && store.now().getTime() - each.setAt.getTime() > SETTLED_MS)
      await markApplied(store.db, each);
  }
  return count;
}
