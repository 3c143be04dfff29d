import { ownId } from '../../../fhir/caller.ts';
import { named } from '../../names.ts';
import type { TimelineEntry } from '../api.ts';
import { instantOf, numberKey, onlyOf, sourceOf } from './source.ts';

type Finding = Extract<TimelineEntry, { kind: 'finding' }>;

interface Found extends Pick<Finding, 'code' | 'text' | 'expression' | 'resolvedAt'> {
  readonly organization: string;
}

/** What was found on servers of organizations and could not be taken: for the hub, and for whose server it is. */
export const findings = sourceOf<Found>({
  kind: 'finding',
  sql: (
    viewer,
  ) => `SELECT f.found_at, f.found_at, ${numberKey('f.id')}, json_build_object('organization', f.organization_id, 'code', f.code,
      'text', f.text, 'expression', f.expression, 'resolvedAt', f.resolved_at)
    FROM fetch_finding f WHERE f.loop_id = $1${onlyOf(viewer, 'f.organization_id', ownId(viewer.caller))}`,
  organizations: ({ organization }) => [organization],
  entry: (moment, { organization, resolvedAt, ...found }, { names }) => ({
    ...moment,
    kind: 'finding',
    organization: named(organization, names),
    ...found,
    resolvedAt: instantOf(resolvedAt),
  }),
});
