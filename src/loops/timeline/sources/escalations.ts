import { ownId } from '../../../fhir/caller.ts';
import { named } from '../../names.ts';
import { partyOf } from '../../worklist/viewer.ts';
import type { TimelineEntry } from '../api.ts';
import { instantOf, numberKey, onlyOf, sourceOf } from './source.ts';

type Escalation = Extract<TimelineEntry, { kind: 'escalation' }>;

interface Fired extends Pick<Escalation, 'what' | 'step' | 'due' | 'result'> {
  readonly organization: string | null;
}

/** What was done because something did not come in time. Who was reminded knows that; how far the hub went is its own. */
export const escalations = sourceOf<Fired>({
  kind: 'escalation',
  sql: (viewer) => {
    const reminders = partyOf(viewer) === undefined ? '' : ` AND f.what IN ('remind', 'remind-other-channel')`;
    return `SELECT f.fired_at, f.fired_at, ${numberKey('f.id')}, json_build_object('organization', f.organization_id, 'what', f.what,
        'step', f.step, 'result', f.result, 'due', f.due)
      FROM firing f WHERE f.loop_id = $1${reminders}${onlyOf(viewer, 'f.organization_id', ownId(viewer.caller))}`;
  },
  organizations: ({ organization }) => [organization],
  entry: (moment, { organization, due, ...fired }, { names }) => ({
    ...moment,
    kind: 'escalation',
    organization: organization === null ? null : named(organization, names),
    due: instantOf(due),
    ...fired,
  }),
});
