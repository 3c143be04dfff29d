import { unlessRestricted } from '../../fhir/sharing/restricted.ts';
import type { Viewer } from '../../loops/worklist/viewer.ts';
import { isBusinessDay } from '../business-days.ts';
import { BY_SENDER_ONLY } from '../ungrouped.ts';

const CLASS = 'Encounter.class=http://terminology.hl7.org/CodeSystem/v3-ActCode|';

function ofClasses(...classes: readonly string[]): string {
  const keys = classes.map((each) => `'${CLASS}${each}'`);
  return `tokens && ARRAY[${keys.join(', ')}]::text[] AND tokens @> '{Encounter.status=finished}' AND NOT deleted`;
}

/** When the search index says an encounter began or ended: it has dates in milliseconds. */
function moment(column: string): string {
  return `to_timestamp(${column} / 1000)`;
}

/** The first encounter of a client since a moment. */
function firstSince(since: string, shown: string, ...classes: readonly string[]): string {
  return `(SELECT min(${moment('at.low')}) FROM resource JOIN search_range AS at
      ON at.type = 'Encounter' AND at.id = resource.id AND at.param = 'date'
    WHERE resource.type = 'Encounter' AND ${ofClasses(...classes)} AND tokens @> ARRAY['Encounter.subject=' || stay.patient]
      AND ${moment('at.low')} >= ${since} ${shown})`;
}

/**
 * A row for each stay in hospital that ended in the period.
 * `contact_by`: the end of the second business day after; the calendar of the hub says which are holidays.
 */
export function dischargeFacts({ caller, hubOrg }: Viewer): string {
  const shown = unlessRestricted(caller, 'resource');
  const nextDay = `stay.discharged_on + interval '24 hours'`;
  return `WITH stay AS MATERIALIZED (
      SELECT content -> 'subject' ->> 'reference' AS patient, ${moment('at.high')} AS discharged_at,
        date_trunc('day', ${moment('at.high')}, 'UTC') AS discharged_on,
        substring(content -> 'serviceProvider' ->> 'reference' FROM '^Organization/(.*)$') AS sender
      FROM resource JOIN search_range AS at ON at.type = 'Encounter' AND at.id = resource.id AND at.param = 'date'
      WHERE resource.type = 'Encounter' AND ${ofClasses('IMP', 'ACUTE')}
        AND ${moment('at.high')} >= $1::timestamptz AND ${moment('at.high')} < $2::timestamptz ${shown}),
    fact AS MATERIALIZED (
      SELECT NULL::text AS loop_id, stay.sender, ${BY_SENDER_ONLY}, $3::timestamptz AS now, stay.discharged_on,
        ${firstSince('stay.discharged_at', shown, 'VR', 'AMB', 'HH')} AS contact_at,
        ${firstSince('stay.discharged_at', shown, 'AMB', 'HH')} AS visit_at,
        ${firstSince(nextDay, shown, 'AMB', 'HH')} AS later_visit_at,
        (SELECT day + interval '24 hours' FROM (
           SELECT stay.discharged_on + n * interval '24 hours' AS day FROM generate_series(1, 30) AS n) AS days
         WHERE ${isBusinessDay('day', hubOrg)}
         ORDER BY day OFFSET 1 LIMIT 1) AS contact_by
      FROM stay)`;
}
