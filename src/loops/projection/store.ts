import type { Task } from '@medplum/fhirtypes';
import type { Calendar } from '../../calendars/calendar.ts';
import { announcements } from '../../db/announce.ts';
import type { Sql } from '../../db/database.ts';
import { insertInto, type RowWriter } from '../../db/row-writer.ts';
import { isRestricted } from '../../fhir/sharing/restricted.ts';
import type { FinishRule } from '../../fhir/store/transact.ts';
import { BY_HUB, type UnitOfWork } from '../../fhir/store/unit-of-work.ts';
import { LOOP_CHANNEL, RESTRICTED_LOOP_CHANNEL } from '../announce-loop.ts';
import type { ConfirmationRecord } from '../confirmation/standing.ts';
import { differingTasks, saying } from '../next-step/on-task.ts';
import type { Policies } from '../policy/policy.ts';
import { recordPolicy } from '../policy/policy-rows.ts';
import type { TaskStatus } from '../words.ts';
import { awaitedKey, deadlineRow, deadlineRows, onlyAwaited } from './deadline-rows.ts';
import { type Awaited, awaitedOf, type LoopRow, project } from './project.ts';
import {
  type AppointmentRecord,
  type DeliveryRecord,
  type FiringRecord,
  kindOf,
  type LoopRecords,
  type QuestionRecord,
  type TransitionRecord,
  type UntakenRecord,
  type WithheldRecord,
} from './records.ts';

/** One accepted change of a Task, as it is kept. */
export interface TransitionRow {
  loop_id: string;
  task_id: string;
  from_status: TaskStatus | null;
  to_status: TaskStatus;
  progress: string | null;
  reason: string | null;
  actor_org: string | null;
  actor_client: string | null;
  /** Who made it here. */
  actor_person: string | null;
  source: 'fhir' | 'console' | 'mailbox' | 'poll' | 'timer' | 'hub';
  message_id: string | null;
  implied: boolean;
  /** The partner's time. */
  occurred_at: string;
  /** The hub's time. */
  recorded_at: string;
}

/** Adds transitions; rows are never changed. */
export const transitionRows: RowWriter<TransitionRow> = insertInto('transition', {
  loop_id: 'text',
  task_id: 'text',
  from_status: 'text',
  to_status: 'text',
  progress: 'text',
  reason: 'text',
  actor_org: 'text',
  actor_client: 'text',
  actor_person: 'uuid',
  source: 'text',
  message_id: 'text',
  implied: 'boolean',
  occurred_at: 'timestamptz',
  recorded_at: 'timestamptz',
});

export const LOOP_COLUMNS: RowWriter<LoopRow>['columns'] = {
  id: 'text',
  state: 'text',
  status: 'text',
  progress: 'text',
  service: 'text',
  category: 'text',
  priority: 'text',
  patient: 'text',
  service_request: 'text',
  replaces: 'text',
  contact_prohibited: 'boolean',
  sender_org: 'text',
  receiver_org: 'text',
  parties: 'text[]',
  legs: 'jsonb',
  next_step: 'text',
  waiting_on: 'text',
  waiting_on_org: 'text',
  since: 'timestamptz',
  due: 'timestamptz',
  escalation: 'text',
  outcome: 'text',
  outcome_text: 'text',
  outcome_remains: 'text',
  opened_at: 'timestamptz',
  updated_at: 'timestamptz',
  closed_at: 'timestamptz',
  restricted: 'boolean',
  programme: 'text',
  policies: 'text',
  calendars: 'int',
  confirmation: 'text',
  need_remains: 'boolean',
};

const replaced = Object.keys(LOOP_COLUMNS)
  .map((name) => `${name} = EXCLUDED.${name}`)
  .join(', ');
export const loopRows: RowWriter<LoopRow> = insertInto(
  'loop',
  LOOP_COLUMNS,
  `ON CONFLICT (id) DO UPDATE SET ${replaced}`,
);

/** The kind of mark that says: this loop's row must be made anew. */
export const LOOP_MARK = 'loop';

/** The kind of mark that says: another policy applies to this loop than before. */
export const OTHER_POLICY = 'other-policy';

export interface LoopSettings {
  /** The id of the hub's own Organization. */
  readonly hubOrg: string;
  readonly policies: Policies;
  /** When the hub's own people work, where its Organization has no calendar. */
  readonly hubCalendar: Calendar;
}

/** Brings the row of every marked loop up to date, in the transaction of the change. */
export function projectLoops(settings: LoopSettings): FinishRule {
  return async (unit) => {
    const ids = unit.takeMarks(LOOP_MARK);
    if (ids.length === 0) return;
    await unit.flush();
    // Whoever changes a loop at the same time waits here, and then reads what this one has written.
    for (const id of ids.sort()) {
      await lockLoop(unit, id);
      const records = await loadRecords(unit.tx, id, settings.hubOrg);
      if (!records) continue;
      const awaited = awaitedOf(records, settings);
      const row = project(records, settings, awaited);
      unit.add(loopRows, row);
      await sayOnTasks(unit, records, row, awaited);
      for (const each of awaited) unit.add(deadlineRows, deadlineRow(id, each));
      unit.add(onlyAwaited, { loop_id: id, awaited: awaited.map(awaitedKey) });
      if (row.state === 'open') noteOtherPolicy(unit, records, settings);
      unit.add(announcements, { channel: records.restricted ? RESTRICTED_LOOP_CHANNEL : LOOP_CHANNEL, payload: id });
    }
  };
}

/** Its Tasks say where it stands, and what is awaited, to those who read them. */
async function sayOnTasks(
  unit: UnitOfWork,
  records: LoopRecords,
  row: LoopRow,
  awaited: readonly Awaited[],
): Promise<void> {
  const differing = differingTasks(records, row, awaited);
  const others = differing.map(({ id }) => id).filter((id) => !unit.staged('Task', id));
  if (others.length > 1) await unit.take('Task', others, BY_HUB);
  for (const told of differing) {
    const task = await unit.lock<Task>('Task', told.id, BY_HUB);
    if (task) await unit.annotate(saying(task, told));
  }
}

/** What applies to a loop may have changed since it was last projected: policies have, or its priority has. */
function noteOtherPolicy(unit: UnitOfWork, records: LoopRecords, { policies }: LoopSettings): void {
  const policy = policies.of(kindOf(records));
  if (policy.digest === records.policy) return;
  recordPolicy(unit, records.root.id, policy);
  if (records.policy !== null) unit.mark(OTHER_POLICY, records.root.id);
}

/**
 * Takes a loop until the transaction ends, so that its changes come one after another.
 * @param taskId its root or a leg
 * @returns whether there is such a loop
 */
export async function lockLoop(unit: UnitOfWork, taskId: string): Promise<boolean> {
  const locked = lockedBy.get(unit) ?? new Set();
  if (locked.has(taskId)) return true;
  const [loop] = await unit.tx.query<{ id: string }>(LOCK_SQL, [taskId]);
  if (loop) lockedBy.set(unit, locked.add(taskId).add(loop.id));
  return loop !== undefined;
}

/** The Tasks whose loops a transaction has taken: it need not ask the database again. */
const lockedBy = new WeakMap<UnitOfWork, Set<string>>();

const LOCK_SQL = `
  SELECT id FROM loop WHERE id = COALESCE(
    (SELECT split_part(content -> 'partOf' -> 0 ->> 'reference', '/', 2) FROM resource WHERE type = 'Task' AND id = $1), $1)
  FOR UPDATE`;

interface RecordsRow {
  root: LoopRecords['root'] | null;
  legs: LoopRecords['legs'];
  request: LoopRecords['request'] | null;
  role: { organization?: { reference?: string } } | null;
  transitions: TransitionRecord[];
  deliveries: DeliveryRecord[];
  withheld: WithheldRecord[];
  untaken: UntakenRecord[];
  appointments: AppointmentRecord[];
  firings: FiringRecord[];
  questions: QuestionRecord[];
  calendars: LoopRecords['calendars'];
  confirmation: ConfirmationRecord | null;
  policy: string | null;
}

/** Everything a loop is made of, in one statement. $1: its id; $2: the hub's own organization. */
export const RECORDS_SQL = `
  WITH root AS (SELECT content FROM resource WHERE type = 'Task' AND id = $1 AND NOT deleted),
  leg AS (SELECT id, content FROM resource WHERE type = 'Task' AND NOT deleted AND tokens @> ARRAY['Task.part-of=Task/' || $1::text]),
  role AS (SELECT content FROM resource WHERE type = 'PractitionerRole'
    AND id = split_part((SELECT content -> 'requester' ->> 'reference' FROM root), '/', 2))
  SELECT (SELECT content FROM root) AS root,
    (SELECT content FROM resource WHERE type = 'ServiceRequest'
       AND id = split_part((SELECT content -> 'focus' ->> 'reference' FROM root), '/', 2)) AS request,
    (SELECT content FROM role) AS role,
    COALESCE((SELECT json_agg(content ORDER BY content ->> 'authoredOn', id) FROM leg), '[]') AS legs,
    COALESCE((SELECT json_object_agg(party.id, json_build_object('version', own.version, 'calendar', own.content)) FROM (
         SELECT split_part(reference, '/', 2) AS id FROM (
           SELECT content -> 'owner' ->> 'reference' FROM leg
           UNION SELECT unnest(ARRAY[content -> 'owner' ->> 'reference', content -> 'requester' ->> 'reference']) FROM root
           UNION SELECT content -> 'organization' ->> 'reference' FROM role
           UNION SELECT 'Organization/' || $2::text) AS named(reference)) AS party
       CROSS JOIN LATERAL (SELECT version, content FROM calendar WHERE organization_id = party.id LIMIT 1) AS own), '{}') AS calendars,
    (SELECT digest FROM loop_policy WHERE loop_id = $1 ORDER BY id DESC LIMIT 1) AS policy,
    (SELECT json_build_object('task', asked.content, 'byApp', event.way IS NOT NULL, 'response', (SELECT content FROM resource
         WHERE type = 'QuestionnaireResponse' AND NOT deleted
           AND id = split_part(asked.content #>> '{output,0,valueReference,reference}', '/', 2)))
       FROM confirmation_event AS event JOIN resource AS asked ON asked.type = 'Task' AND asked.id = event.task_id
       WHERE event.loop_id = $1 AND event.what = 'asked' LIMIT 1) AS confirmation,
    COALESCE((SELECT json_agg(json_build_object('taskId', task_id, 'from', from_status, 'to', to_status,
       'by', actor_org, 'progress', progress, 'recordedAt', to_char(recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) ORDER BY id)
       FROM transition WHERE loop_id = $1), '[]') AS transitions,
    COALESCE((SELECT json_agg(json_build_object('kind', kind, 'taskId', task_id, 'status', status,
       'recipientOrg', recipient_org, 'awaitsReader', last_code IS NOT DISTINCT FROM 'awaits-reader',
       'awaitsConsent', last_code IS NOT DISTINCT FROM 'obtain-consent',
       'settledAt', to_char(settled_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
       'readAt', to_char(read_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) ORDER BY seq)
       FROM delivery WHERE loop_id = $1), '[]') AS deliveries,
    COALESCE((SELECT json_agg(json_build_object('status', content ->> 'status', 'about',
         ARRAY(SELECT named ->> 'reference' FROM json_array_elements(CASE WHEN json_typeof(content -> 'basedOn') = 'array' THEN content -> 'basedOn' ELSE '[]' END) AS named)
         || ARRAY(SELECT named ->> 'reference' FROM json_array_elements(CASE WHEN json_typeof(content -> 'supportingInformation') = 'array' THEN content -> 'supportingInformation' ELSE '[]' END) AS named))
         ORDER BY last_updated, id)
       FROM resource WHERE type = 'Appointment' AND NOT deleted AND content -> 'meta' -> 'security' IS NULL AND tokens && ARRAY(
         SELECT unnest(ARRAY['Appointment.based-on=' || (content -> 'focus' ->> 'reference'), 'Appointment.supporting-info=Task/' || id])
         FROM (SELECT id, content FROM leg UNION ALL SELECT $1, content FROM root) AS asked)), '[]') AS appointments,
    COALESCE((SELECT json_agg(json_build_object('taskId', task_id, 'organizationId', organization_id,
       'since', to_char(granted_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) ORDER BY id)
       FROM share WHERE loop_id = $1 AND ended_at IS NULL AND withheld IS NOT NULL AND reason = 'task'), '[]') AS withheld,
    COALESCE((SELECT json_agg(json_build_object('taskId', task_id, 'organizationId', organization_id,
       'since', to_char(found_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) ORDER BY id)
       FROM fetch_finding WHERE loop_id = $1 AND resolved_at IS NULL AND of_task), '[]') AS untaken,
    COALESCE((SELECT json_agg(json_build_object('taskId', task_id, 'step', step, 'messageId', message_id, 'what', what, 'result', result,
       'since', to_char(since AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) ORDER BY id)
       FROM firing WHERE loop_id = $1), '[]') AS firings,
    COALESCE((SELECT json_agg(json_build_object('messageId', id, 'taskId', task_id, 'to', to_org,
       'since', to_char(said_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
       'due', to_char(answer_by AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
       'withheldSince', (SELECT to_char(max(granted_at) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') FROM share
         WHERE type = 'Communication' AND resource_id = message.id AND organization_id = to_org AND ended_at IS NULL
           AND withheld IS NOT NULL)) ORDER BY answer_by, id)
       FROM message WHERE loop_id = $1 AND answer_by IS NOT NULL AND answered_by IS NULL AND NOT withdrawn), '[]') AS questions`;

/** @returns undefined when there is no such loop */
export async function loadRecords(sql: Sql, loopId: string, hubOrg: string): Promise<LoopRecords | undefined> {
  const [row] = await sql.query<RecordsRow>(RECORDS_SQL, [loopId, hubOrg]);
  if (!row?.root || !row.request) return undefined;
  const senderOrg = organizationOf(row.role?.organization ?? row.root.requester);
  const restricted = isRestricted(row.root) || isRestricted(row.request);
  return { ...row, root: row.root, request: row.request, senderOrg, hubOrg, restricted };
}

function organizationOf(reference: { reference?: string } | undefined): string {
  return reference?.reference?.replace(/^Organization\//, '') ?? '';
}
