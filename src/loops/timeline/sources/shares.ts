import { ownId, visibleTo } from '../../../fhir/caller.ts';
import { named } from '../../names.ts';
import type { Viewer } from '../../worklist/viewer.ts';
import type { TimelineEntry } from '../api.ts';
import { instantOf, numberKey, onlyOf, sourceOf } from './source.ts';

interface Shared
  extends Pick<Extract<TimelineEntry, { kind: 'share' }>, 'what' | 'ended' | 'until' | 'consents' | 'because'> {
  readonly organization: string;
}

/**
 * What somebody who may see it sees of the shares of a loop, those of one moment with one organization together. That a
 * message is shared with whom it is for, the message says itself.
 */
function sharesSql(viewer: Viewer, when: 'granted_at' | 'ended_at'): string {
  const ended = when === 'ended_at';
  return `SELECT s.${when}, s.${when}, '${ended ? 'e' : 'g'}' || ${numberKey('min(s.id)')}, json_build_object(
      'organization', s.organization_id, 'what', json_agg(DISTINCT s.reason), 'ended', ${ended}, 'until', ${ended ? 'NULL' : 'min(s.ends_at)'},
      'consents', COALESCE(json_agg(DISTINCT c.reference) FILTER (WHERE c.reference IS NOT NULL), '[]'),
      'because', ${ended ? 'min(s.end_reason)' : 'NULL'})
    FROM share s JOIN resource r ON r.type = s.type AND r.id = s.resource_id
      LEFT JOIN LATERAL unnest(s.consents) AS c(reference) ON true
    WHERE s.loop_id = $1 AND s.withheld IS NULL AND s.reason <> 'message'${ended ? ' AND s.ended_at IS NOT NULL' : ''}
      AND ${visibleTo(viewer.caller, 'r')}${onlyOf(viewer, 's.organization_id', ownId(viewer.caller))}
    GROUP BY s.${when}, s.organization_id, s.task_id${ended ? ', s.end_reason' : ''}`;
}

/** What an organization may read from then on, or no more; for an organization itself, what it reads. */
export const shares = sourceOf<Shared>({
  kind: 'share',
  sql: (viewer) => `${sharesSql(viewer, 'granted_at')} UNION ALL ${sharesSql(viewer, 'ended_at')}`,
  organizations: ({ organization }) => [organization],
  entry: (moment, { organization, until, ...shared }, { names }) => ({
    ...moment,
    kind: 'share',
    organization: named(organization, names),
    until: instantOf(until),
    ...shared,
  }),
});
