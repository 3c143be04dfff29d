import type { Measure } from '../measure.ts';
import type { Window } from './windows.ts';

const DAYS =
  'Days are those of UTC. Windows that are not over, with nothing in them yet, are counted beside it (open).';
const BUSINESS_DAYS = `Business days are Monday to Friday without the holidays of the hub's calendar. `;

/** Whether what must follow did follow in time; each of the facts is a visit or stay that ended (see `dischargeFacts`). Pure. */
export function windowMeasure(window: Window): Measure {
  const { id, title, source } = window;
  const [is, was, by] = columnsOf(window);
  return {
    id,
    title,
    source,
    definition: definitionOf(window),
    window,
    of: 'discharge',
    kind: 'proportion',
    denominator: `${is} AND (COALESCE(${was} < ${by}, false) OR ${by} <= now)`,
    numerator: `${was} < ${by}`,
    open: `${is} AND COALESCE(${was} >= ${by}, true) AND now < ${by}`,
    unit: '1',
    direction: 'increase',
    hubOnly: true,
  };
}

/** SQL of the columns of a window: whether it is of this discharge, when what must follow was, and until when it had to be. Pure. */
export function columnsOf({ id }: Window): readonly [is: string, was: string, by: string] {
  return [`"is ${id}"`, `"was ${id}"`, `"by ${id}"`];
}

function definitionOf({ of, since, followedBy, within, sameDay }: Window): string {
  const isBusiness = 'businessDays' in within;
  const until = isBusiness ? `business day ${within.businessDays}` : `day ${within.days}`;
  const from = since === 'start' ? 'after it began' : 'after';
  const other = sameDay ? '' : `, on another day than that on which it ${since === 'start' ? 'began' : 'ended'}`;
  return `${whichOf(of)}: those after which there was one${whatOf(followedBy)} by the end of ${until} ${from}${other}. ${isBusiness ? BUSINESS_DAYS : ''}${DAYS}`;
}

function whichOf({ classes, observations, values, reasons, fromAge, unless, onceInDays }: Window['of']): string {
  return [
    classes
      ? `Of encounters of class ${oneOf(classes)} (finished) that ended in the period`
      : `Of observations (final) of a code of ${observations} with a value of ${values} in the period`,
    ...(fromAge === undefined ? [] : [` of clients of ${fromAge} years or more`]),
    ...(reasons === undefined ? [] : [` with a principal diagnosis or reason of ${reasons}`]),
    ...(unless === undefined
      ? []
      : [` without those followed by another of class ${oneOf(unless.classes)} within ${unless.withinDays} days`]),
    ...(onceInDays === undefined ? [] : [` of each client the first in ${onceInDays} days`]),
  ].join(',');
}

function whatOf({ classes, types, reasons, documents, procedures, requests }: Window['followedBy']): string {
  return [
    ...(classes ? [` (finished Encounter of class ${oneOf(classes)})`] : []),
    ...(documents ? [` (current DocumentReference of a type of ${documents}, by its date)`] : []),
    ...(procedures ? [` (completed Procedure of a code of ${procedures})`] : []),
    ...(requests ? [` (ServiceRequest, active or completed, of a code of ${requests}, by when it was authored)`] : []),
    ...(types === undefined ? [] : [` of a type of ${types}`]),
    ...(reasons === undefined ? [] : [` with a diagnosis or reason of ${reasons}`]),
  ].join(',');
}

function oneOf(classes: readonly string[]): string {
  return classes.length < 2 ? String(classes[0]) : `${classes.slice(0, -1).join(', ')} or ${classes.at(-1)}`;
}
