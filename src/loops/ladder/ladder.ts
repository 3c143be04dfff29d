import { endOf } from '../../calendars/end-of.ts';
import { type CalendarOf, calendarFor, type NextStep } from '../next-step/next-step.ts';
import { type LoopPolicy, ladderOf, type RungAction } from '../policy/policy.ts';

/** A rung of the ladder of one thing that is awaited, and when it is due. */
export interface PlannedRung {
  readonly what: RungAction;
  readonly at: Date;
}

/** What will be done when, as long as what is awaited does not come. Pure. */
export function rungsOf(awaited: NextStep, policy: LoopPolicy, calendarOf: CalendarOf): PlannedRung[] {
  const calendar = calendarFor(awaited, calendarOf);
  return ladderOf(policy, awaited.step).map((rung) => ({
    what: rung.do,
    at: endOf(awaited.due, rung.after, calendar),
  }));
}
