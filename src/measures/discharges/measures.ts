import type { Measure } from '../measure.ts';

const TCM =
  'Transitional care management, CPT 99495 and 99496. https://www.cms.gov/files/document/mln908628-transitional-care-management-services.pdf';
const WINDOW =
  'Time windows of follow-up after discharge, of every diagnosis; not a HEDIS measure, which is of some only.';

/** A window after discharge: until when something has to be (SQL of a moment), and what (SQL of when it was). */
interface Window {
  readonly id: string;
  readonly title: string;
  readonly definition: string;
  readonly was: string;
  readonly by: string;
  readonly source: string;
}

const OF =
  'Of stays in hospital (Encounter of class IMP or ACUTE, finished) that ended in the period, those after which';
const DAYS =
  'Days are those of UTC. Windows that are not over, with nothing in them yet, are counted beside it (open).';

function daysAfter(days: number): string {
  return `discharged_on + interval '${24 * (days + 1)} hours'`;
}

const WINDOWS: readonly Window[] = [
  {
    id: 'tcm-contact',
    title: 'Contact within two business days of discharge',
    definition: `${OF} there was a contact with the client (finished Encounter of class VR, AMB or HH) by the end of the second business day after. Business days are Monday to Friday without the holidays of the hub's calendar. ${DAYS}`,
    was: 'contact_at',
    by: 'contact_by',
    source: TCM,
  },
  ...[7, 14].map((days) => ({
    id: `tcm-visit-${days}`,
    title: `Visit within ${days} days of discharge`,
    definition: `${OF} there was a visit (finished Encounter of class AMB or HH) by the end of the ${days}th day after. ${DAYS}`,
    was: 'visit_at',
    by: daysAfter(days),
    source: TCM,
  })),
  ...[7, 30].map((days) => ({
    id: `follow-up-${days}`,
    title: `Follow-up within ${days} days after discharge`,
    definition: `${OF} there was a visit (finished Encounter of class AMB or HH) by the end of the ${days}th day after, on another day than that of discharge. ${DAYS}`,
    was: 'later_visit_at',
    by: daysAfter(days),
    source: WINDOW,
  })),
];

/** Whether somebody who left hospital was contacted and seen in time; each of the facts is a discharge (see `dischargeFacts`). */
export const DISCHARGE_MEASURES: readonly Measure[] = WINDOWS.map(({ was, by, ...window }) => ({
  ...window,
  of: 'discharge',
  kind: 'proportion',
  denominator: `${was} < ${by} OR ${by} <= now`,
  numerator: `${was} < ${by}`,
  open: `COALESCE(${was} >= ${by}, true) AND now < ${by}`,
  unit: '1',
  direction: 'increase',
  hubOnly: true,
}));
