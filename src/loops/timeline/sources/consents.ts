import { visibleTo } from '../../../fhir/caller.ts';
import { named } from '../../names.ts';
import { partyOf } from '../../worklist/viewer.ts';
import type { TimelineEntry } from '../api.ts';
import { instantOf, numberKey, sourceOf } from './source.ts';

interface Withheld extends Pick<Extract<TimelineEntry, { kind: 'consent' }>, 'what' | 'state' | 'permittedAt'> {
  readonly organization: string;
}

/** That something was withheld for want of a consent, and what became of that. From whom it is withheld must not know. */
export const consents = sourceOf<Withheld>({
  kind: 'consent',
  sql: (viewer) =>
    partyOf(viewer) === undefined
      ? `SELECT s.withheld_at, s.withheld_at, ${numberKey('min(s.id)')}, json_build_object('organization', s.organization_id,
          'what', json_agg(DISTINCT s.reason),
          'state', CASE WHEN bool_or(s.withheld IS NOT NULL AND s.ended_at IS NULL) THEN 'waits'
            WHEN bool_or(s.withheld IS NULL) THEN 'permitted' ELSE 'ended' END,
          'permittedAt', max(s.granted_at) FILTER (WHERE s.withheld IS NULL))
        FROM share s JOIN resource r ON r.type = s.type AND r.id = s.resource_id
        WHERE s.loop_id = $1 AND s.withheld_at IS NOT NULL AND ${visibleTo(viewer.caller, 'r')}
        GROUP BY s.withheld_at, s.organization_id, s.task_id`
      : undefined,
  organizations: ({ organization }) => [organization],
  entry: (moment, { organization, permittedAt, ...withheld }, { names }) => ({
    ...moment,
    kind: 'consent',
    organization: named(organization, names),
    permittedAt: instantOf(permittedAt),
    ...withheld,
  }),
});
