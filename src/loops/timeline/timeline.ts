import type { Sql } from '../../db/database.ts';
import type { TimelineEntry } from '../api.ts';
import { tasksSeenBy } from '../as-seen-by.ts';
import { type Names, named } from '../names.ts';
import { policyChanges } from '../policy/policy-changes.ts';
import type { PolicyContent } from '../policy/policy-rows.ts';
import type { LoopRow } from '../projection/project.ts';

type Loop = Pick<LoopRow, 'id' | 'sender_org' | 'legs'>;

/** Something that happened to a loop, as it is kept. */
export interface TimelineRow {
  id: string;
  kind: 'status' | 'delivery' | 'policy' | 'escalation' | 'confirmation';
  at: Date;
  recorded_at: Date;
  task_id: string;
  organization: string | null;
  actor: string | null;
  from_status: string | null;
  to_status: string;
  progress: string | null;
  reason: string | null;
  implied: boolean;
  source: string;
  message: string;
  status: string;
  attempts: number;
  last_code: string | null;
  next_at: Date | null;
  settled_at: Date | null;
  policy: AppliedRow | null;
  step: string | null;
  result: string | null;
  due: Date | null;
}

/** What applied before, and what from then on. */
interface AppliedRow {
  readonly name: string;
  readonly before: PolicyContent;
  readonly after: PolicyContent;
}

const TIMELINE_SQL = `
  SELECT 't' || id AS id, 'status' AS kind, occurred_at AS at, recorded_at, task_id, NULL AS organization, actor_org AS actor,
    from_status, to_status, progress, reason, implied, source, NULL AS message, NULL AS status, 0 AS attempts,
    NULL AS last_code, NULL::timestamptz AS next_at, NULL::timestamptz AS settled_at, NULL::json AS policy,
    NULL AS step, NULL AS result, NULL::timestamptz AS due, id AS position
  FROM transition WHERE loop_id = $1
  UNION ALL
  SELECT 'd' || id, 'delivery', created_at, created_at, task_id, recipient_org, NULL, NULL, NULL, NULL, NULL, false, NULL, kind,
    status, attempts, last_code, next_at, settled_at, NULL, NULL, NULL, NULL, seq
  FROM delivery WHERE loop_id = $1
  UNION ALL
  SELECT 'p' || id, 'policy', at, at, NULL, NULL, NULL, NULL, NULL, NULL, NULL, false, NULL, NULL, NULL, 0, NULL, NULL, NULL,
    json_build_object('name', applied.name, 'after', policy.content, 'before', earlier.content), NULL, NULL, NULL, id
  FROM (SELECT *, lag(digest) OVER (ORDER BY id) AS earlier_digest FROM loop_policy WHERE loop_id = $1) AS applied
    JOIN policy USING (digest) JOIN policy AS earlier ON earlier.digest = earlier_digest
  UNION ALL
  SELECT 'e' || id, 'escalation', fired_at, fired_at, task_id, organization_id, NULL, NULL, NULL, NULL, NULL, false, NULL, what,
    NULL, 0, NULL, NULL, NULL, NULL, step, result, due, id
  FROM firing WHERE loop_id = $1
  UNION ALL
  SELECT 'c' || id, 'confirmation', at, at, task_id, NULL, actor_org, NULL, NULL, NULL, text, false, way, what,
    NULL, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, id
  FROM confirmation_event WHERE loop_id = $1
  ORDER BY recorded_at, kind DESC, position`;

/** What happened; for one of the organizations, what concerns it: policies are the hub's own. */
export async function timelineRows(sql: Sql, loop: Loop, party: string | undefined): Promise<TimelineRow[]> {
  const rows = await sql.query<TimelineRow>(TIMELINE_SQL, [loop.id]);
  if (party === undefined) return rows;
  const tasks = tasksSeenBy(loop, party);
  return rows.filter((row) => isSeenBy(row, party, tasks));
}

/** What was sent to others, and how far the hub went when they did not answer, is theirs and the hub's. */
function isSeenBy(
  { kind, message, organization, task_id }: TimelineRow,
  party: string,
  tasks: readonly string[],
): boolean {
  switch (kind) {
    case 'delivery':
      return organization === party;
    case 'escalation':
      return organization === party && (message === 'remind' || message === 'remind-other-channel');
    // What a client says its sender reads in the answer, as far as consent goes.
    case 'confirmation':
      return false;
    default:
      return tasks.includes(task_id);
  }
}

export function organizationsIn(row: TimelineRow): string[] {
  return [row.organization, row.actor].filter((id) => id !== null);
}

export function toEntry(row: TimelineRow, loop: Loop, names: Names): TimelineEntry {
  const moment = { id: row.id, at: row.at.toISOString(), recordedAt: row.recorded_at.toISOString() };
  if (row.policy) {
    const { name, before, after } = row.policy;
    return { ...moment, kind: 'policy', policy: name, changes: policyChanges(before, after) };
  }
  if (row.kind === 'delivery') {
    return {
      ...moment,
      kind: 'delivery',
      message: row.message,
      recipient: named(row.organization ?? '', names),
      status: row.status,
      attempts: row.attempts,
      lastCode: row.last_code,
      nextAt: row.next_at?.toISOString() ?? null,
      settledAt: row.settled_at?.toISOString() ?? null,
    } as TimelineEntry;
  }
  if (row.kind === 'confirmation')
    return { ...moment, kind: 'confirmation', what: row.message, way: row.source, reason: row.reason } as TimelineEntry;
  if (row.kind === 'escalation') {
    return {
      ...moment,
      kind: 'escalation',
      what: row.message,
      step: row.step,
      organization: row.organization ? named(row.organization, names) : null,
      due: row.due?.toISOString() ?? moment.at,
      result: row.result,
    } as TimelineEntry;
  }
  const leg = loop.legs.find(({ taskId }) => taskId === row.task_id);
  return {
    ...moment,
    kind: 'status',
    of: row.task_id === loop.id ? 'root' : 'leg',
    organization: leg ? named(leg.organizationId, names) : null,
    actor: row.actor ? named(row.actor, names) : null,
    from: row.from_status,
    to: row.to_status,
    progress: row.progress,
    reason: row.reason,
    implied: row.implied,
    source: row.source,
  } as TimelineEntry;
}
