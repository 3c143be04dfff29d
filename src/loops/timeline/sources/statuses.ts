import { ownId } from '../../../fhir/caller.ts';
import { named } from '../../names.ts';
import type { TaskStatus } from '../../words.ts';
import { partyOf } from '../../worklist/viewer.ts';
import type { TimelineEntry } from '../api.ts';
import { numberKey, sourceOf } from './source.ts';

interface Step {
  readonly task: string;
  readonly actor: string | null;
  readonly by: string | null;
  readonly from: TaskStatus | null;
  readonly to: TaskStatus;
  readonly progress: string | null;
  readonly reason: string | null;
  readonly implied: boolean;
  readonly source: Extract<TimelineEntry, { kind: 'status' }>['source'];
}

/** Steps of the Tasks of a loop. Of an organization's people their colleagues know the names, and the hub's people. */
export const statuses = sourceOf<Step>({
  kind: 'status',
  sql: (viewer) => {
    const isParty = partyOf(viewer) !== undefined;
    const colleague = isParty ? ` AND p.organization_id = ${ownId(viewer.caller)}` : '';
    return `SELECT t.recorded_at, t.occurred_at, ${numberKey('t.id')}, json_build_object('task', t.task_id, 'actor', t.actor_org,
        'by', p.name, 'from', t.from_status, 'to', t.to_status, 'progress', t.progress, 'reason', t.reason, 'implied', t.implied,
        'source', t.source)
      FROM transition t LEFT JOIN actor p ON p.id = t.actor_person${colleague}
      WHERE t.loop_id = $1${isParty ? ' AND t.task_id = ANY ($6::text[])' : ''}`;
  },
  organizations: ({ actor }) => [actor],
  entry: (moment, { task, actor, ...step }, { loop, names }) => {
    const leg = loop.legs.find(({ taskId }) => taskId === task);
    return {
      ...moment,
      kind: 'status',
      of: task === loop.id ? 'root' : 'leg',
      organization: leg ? named(leg.organizationId, names) : null,
      actor: actor === null ? null : named(actor, names),
      ...step,
    };
  },
});
