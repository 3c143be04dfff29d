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

function definitionOf({ of, followedBy, within, sameDay }: Window): string {
  const { types, reasons } = followedBy;
  const isBusiness = 'businessDays' in within;
  const until = isBusiness ? `business day ${within.businessDays}` : `day ${within.days}`;
  const whose = [
    ...(of.fromAge === undefined ? [] : [` of clients of ${of.fromAge} years or more`]),
    ...(of.reasons === undefined ? [] : [` with a principal diagnosis or reason of ${of.reasons}`]),
  ];
  const but = [
    ...(of.unless === undefined
      ? []
      : [
          ` without those followed by another of class ${oneOf(of.unless.classes)} within ${of.unless.withinDays} days`,
        ]),
    ...(of.onceInDays === undefined ? [] : [` of each client the first in ${of.onceInDays} days`]),
  ];
  const what = [
    ` (finished Encounter of class ${oneOf(followedBy.classes)})`,
    ...(types === undefined ? [] : [` of a type of ${types}`]),
    ...(reasons === undefined ? [] : [` with a diagnosis or reason of ${reasons}`]),
  ];
  return `Of encounters of class ${oneOf(of.classes)} (finished) that ended in the period${whose.map((each) => `,${each}`).join('')}${but.map((each) => `,${each}`).join('')}: those after which there was one${what.join(',')} by the end of ${until} after${sameDay ? '' : ', on another day than that on which it ended'}. ${isBusiness ? BUSINESS_DAYS : ''}${DAYS}`;
}

function oneOf(classes: readonly string[]): string {
  return classes.length < 2 ? String(classes[0]) : `${classes.slice(0, -1).join(', ')} or ${classes.at(-1)}`;
}
