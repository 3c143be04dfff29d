import type { Appointment, QuestionnaireResponse, Task } from '@medplum/fhirtypes';
import type { Sql } from '../../../src/db/database.ts';
import { seenClient } from '../confirmation/seen.ts';
import { isWithin } from '../consents/model.ts';
import { type AuthoredTask, seenAppointments, seenRequests, seenTask } from '../seen.ts';
import type { Seen } from '../seen-loop.ts';

interface Found extends Pick<Seen, 'transitions' | 'deliveries' | 'deadlines' | 'messages' | 'readable' | 'findings'> {
  readonly consents: readonly (Seen['consents'][number] & {
    readonly from: string | null;
    readonly to: string | null;
  })[];
  readonly root: AuthoredTask | null;
  readonly request: Seen['request'];
  readonly legs: readonly AuthoredTask[];
  readonly requests: readonly AuthoredTask[];
  readonly appointments: readonly (Appointment & { id: string; author: string })[];
  readonly client: {
    readonly task: Task;
    readonly response: QuestionnaireResponse | null;
    readonly linkUntil: string | null;
  } | null;
  readonly row: Seen['row'] | null;
}

/** Everything a database says of a loop, in one statement. @param nameOf the party behind the id of an Organization */
export async function seenRows(sql: Sql, loopId: string, now: Date, nameOf: (id: string) => string): Promise<Seen> {
  const [found] = await sql.query<Found>(SEEN_SQL, [loopId]);
  if (!found?.root) throw new Error(`There is no Task/${loopId}.`);
  const { row, transitions, deliveries } = found;
  const [root, legs] = [seenTask(found.root, nameOf), found.legs.map((leg) => seenTask(leg, nameOf))];
  return {
    now: now.toISOString(),
    root,
    legs,
    request: { ...found.request, author: nameOf(found.request.author) },
    requests: seenRequests(found.requests, nameOf),
    transitions: transitions.map((each) => ({ ...each, by: each.by && nameOf(each.by) })),
    deliveries: deliveries.map((each) => ({ ...each, recipient: nameOf(each.recipient) })),
    deadlines: found.deadlines.map((each) => ({
      ...each,
      organization: each.organization && nameOf(each.organization),
    })),
    messages: found.messages.map((each) => ({
      ...each,
      from: nameOf(each.from),
      to: nameOf(each.to),
    })),
    appointments: seenAppointments(found.appointments, [root, ...legs]).map((each) => ({
      ...each,
      by: nameOf(each.by),
    })),
    consents: found.consents.map(({ from, to, ...each }) => ({
      ...each,
      by: nameOf(each.by),
      whom: each.whom && nameOf(each.whom),
      isActive: each.isActive && isWithin(now.toISOString(), from, to),
    })),
    findings: found.findings.map((each) => ({ ...each, by: nameOf(each.by) })),
    readable: found.readable.map(({ reference, author, readers }) => ({
      reference,
      author: nameOf(author),
      readers: readers.map(nameOf),
    })),
    client: seenClient(found.client?.task, found.client?.response ?? undefined, found.client?.linkUntil ?? null),
    row: row
      ? {
          ...row,
          sender_org: nameOf(row.sender_org),
          waiting_on_org: row.waiting_on_org && nameOf(row.waiting_on_org),
        }
      : undefined,
  };
}

const authored = `content::jsonb || jsonb_build_object('author', author_org)`;

const SEEN_SQL = `
  WITH leg AS (SELECT id, content, author_org FROM resource WHERE type = 'Task' AND tokens @> ARRAY['Task.part-of=Task/' || $1::text]),
  about AS (SELECT 'Task.focus=Task/' || id AS key FROM leg UNION SELECT 'Task.focus=Task/' || $1::text)
  SELECT (SELECT ${authored} FROM resource WHERE type = 'Task' AND id = $1) AS root,
    (SELECT json_build_object('status', content ->> 'status', 'author', author_org) FROM resource WHERE type = 'ServiceRequest'
       AND id = (SELECT split_part(content -> 'focus' ->> 'reference', '/', 2) FROM resource WHERE type = 'Task' AND id = $1)) AS request,
    COALESCE((SELECT json_agg(${authored} ORDER BY content ->> 'authoredOn', id) FROM leg), '[]') AS legs,
    COALESCE((SELECT json_agg(${authored} ORDER BY id) FROM resource
      WHERE type = 'Task' AND tokens && ARRAY(SELECT key FROM about)), '[]') AS requests,
    COALESCE((SELECT json_agg(json_build_object('taskId', task_id, 'from', from_status, 'to', to_status, 'by', actor_org,
      'recordedAt', recorded_at) ORDER BY id) FROM transition WHERE loop_id = $1), '[]') AS transitions,
    COALESCE((SELECT json_agg(json_build_object('id', id, 'kind', kind, 'taskId', task_id, 'taskVersion', task_version,
      'recipient', recipient_org, 'status', status, 'messageId', message_id, 'isRead', read_at IS NOT NULL) ORDER BY seq) FROM delivery WHERE loop_id = $1), '[]') AS deliveries,
    COALESCE((SELECT json_agg(json_build_object('taskId', task_id, 'messageId', message_id, 'step', step,
      'waitingOn', waiting_on, 'organization', organization_id, 'due', ${instant('due')}, 'at', at,
      'rungs', cardinality(ats), 'fired', fired)) FROM deadline WHERE loop_id = $1), '[]') AS deadlines,
    COALESCE((SELECT json_agg(json_build_object('id', m.id, 'taskId', task_id, 'from', from_org, 'to', to_org,
      'answerBy', ${instant('answer_by')}, 'answeredBy', answered_by, 'isRead', read_at IS NOT NULL, 'isWithdrawn', withdrawn) ORDER BY seq)
      FROM message m WHERE loop_id = $1), '[]') AS messages,
    COALESCE((SELECT json_agg(${authored} ORDER BY last_updated, id) FROM resource
      WHERE type = 'Appointment' AND NOT deleted AND tokens && ARRAY(
        SELECT unnest(ARRAY['Appointment.based-on=' || (content -> 'focus' ->> 'reference'), 'Appointment.supporting-info=Task/' || id])
        FROM resource WHERE type = 'Task' AND (id = $1 OR id IN (SELECT id FROM leg)))), '[]') AS appointments,
    (SELECT json_build_object('task', asked.content,
        'linkUntil', (SELECT ${instant('expires_at')} FROM confirmation_link AS link WHERE link.task_id = asked.id), 'response', (SELECT content FROM resource
        WHERE type = 'QuestionnaireResponse'
          AND id = split_part(asked.content #>> '{output,0,valueReference,reference}', '/', 2)))
      FROM confirmation_event JOIN resource AS asked ON asked.type = 'Task' AND asked.id = task_id
      WHERE loop_id = $1 AND what = 'asked') AS client,
    COALESCE((SELECT json_agg(json_build_object('id', id, 'effect', content -> 'provision' ->> 'type',
        'whom', split_part(content #>> '{provision,actor,0,reference,reference}', '/', 2), 'at', content ->> 'dateTime',
        'isActive', content ->> 'status' = 'active', 'by', author_org,
        'from', content #>> '{provision,period,start}', 'to', content #>> '{provision,period,end}') ORDER BY last_updated, id)
      FROM resource WHERE type = 'Consent' AND tokens @> ARRAY['Consent.patient=' ||
        (SELECT content -> 'for' ->> 'reference' FROM resource WHERE type = 'Task' AND id = $1)]), '[]') AS consents,
    COALESCE((SELECT json_agg(json_build_object('reference', type || '/' || id, 'author', author_org, 'readers', readers))
      FROM resource WHERE (type, id) IN (
        SELECT 'Task', $1 UNION SELECT 'Task', id FROM leg
        UNION SELECT 'Communication', id FROM message WHERE loop_id = $1
        UNION SELECT split_part(reference, '/', 1), split_part(reference, '/', 2) FROM (
          SELECT unnest(ARRAY[content -> 'focus' ->> 'reference', content -> 'for' ->> 'reference']) AS reference
          FROM resource WHERE type = 'Task' AND (id = $1 OR id IN (SELECT id FROM leg))) AS named)), '[]') AS readable,
    COALESCE((SELECT json_agg(json_build_object('taskId', task_id, 'by', organization_id, 'foundAt', found_at))
      FROM fetch_finding WHERE loop_id = $1 AND of_task AND resolved_at IS NULL), '[]') AS findings,
    (SELECT row_to_json(loop) FROM loop WHERE id = $1) AS row`;

/** A moment as everybody here writes it. */
function instant(column: string): string {
  return `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
}
