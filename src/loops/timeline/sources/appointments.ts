import { contentFor, visibleTo } from '../../../fhir/caller.ts';
import type { TimelineEntry } from '../api.ts';
import { instantOf, sourceOf } from './source.ts';

type Appointed = Pick<
  Extract<TimelineEntry, { kind: 'appointment' }>,
  'appointment' | 'status' | 'before' | 'start' | 'end'
>;

/** By what of the search index an Appointment is one for the loop: what it is based on, and what it says it belongs to. */
export const APPOINTED_SQL = `ARRAY(
    SELECT 'Appointment.based-on=ServiceRequest/' || id FROM request
    UNION ALL SELECT 'Appointment.supporting-info=ServiceRequest/' || id FROM request
    UNION ALL SELECT 'Appointment.supporting-info=Task/' || id FROM task)`;

/** Appointments for what is asked: that one was made, and whenever its time or its status has changed. */
export const appointments = sourceOf<Appointed>({
  kind: 'appointment',
  sql: ({ caller }) => `SELECT last_updated, last_updated, id || '/' || lpad(version::text, 9, '0'), json_build_object(
      'appointment', 'Appointment/' || id, 'status', said ->> 'status', 'before', before ->> 'status', 'start', said ->> 'start',
      'end', said ->> 'end')
    FROM (SELECT given.*, lag(said) OVER (PARTITION BY id ORDER BY version) AS before
      FROM (SELECT v.id, v.version, v.last_updated, ${contentFor(caller, 'a', undefined, 'v')} AS said
        FROM resource a JOIN resource_version v ON v.type = 'Appointment' AND v.id = a.id AND NOT v.deleted
        WHERE a.type = 'Appointment' AND NOT a.deleted AND a.tokens && ${APPOINTED_SQL} AND ${visibleTo(caller, 'a')}) AS given) AS version
    WHERE before IS NULL
      OR (said ->> 'status', said ->> 'start', said ->> 'end') IS DISTINCT FROM (before ->> 'status', before ->> 'start', before ->> 'end')`,
  entry: (moment, { start, end, ...appointed }) => ({
    ...moment,
    kind: 'appointment',
    ...appointed,
    start: instantOf(start),
    end: instantOf(end),
  }),
});
