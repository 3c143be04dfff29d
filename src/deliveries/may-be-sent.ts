import type { Task } from '@medplum/fhirtypes';
import { decide } from '../access/consent/decide.ts';
import { disclosedResource } from '../access/consent/disclosed-resource.ts';
import { loadConsents, loadRecipient } from '../access/consent/load-consents.ts';
import { COORDINATION_OF_CARE } from '../access/consent/purposes.ts';
import type { Sql } from '../db/database.ts';
import { idOf } from '../fhir/references.ts';
import type { Stored } from '../fhir/store/unit-of-work.ts';
import type { DeliverDeps } from './deliver-deps.ts';
import type { TaskMessage } from './store.ts';

/** What of a Task is to be sent, and to whom. */
export interface Sending {
  readonly about: TaskMessage;
  readonly recipientOrg: string;
  /** The version that is sent. */
  readonly task: Stored<Task>;
}

interface TaskNow {
  readonly status: string | null;
  readonly security: NonNullable<Task['meta']>['security'] | null;
  readonly author: string;
  readonly withheld: boolean;
  readonly hasOffer: boolean;
  readonly sender: string | null;
}

/** Whether a Task may be sent, decided at the moment at which it is to leave; and what that depends on. */
export interface Standing {
  readonly isPermitted: boolean;
  /** Whether the Task has ended meanwhile. */
  readonly status: string | undefined;
  /** Whether its offer has reached the recipient. */
  readonly hasOffer: boolean;
}

/** What its version was not labelled with and it is now, counts too. */
export async function standingOf(sql: Sql, deps: DeliverDeps, sending: Sending, now: Date): Promise<Standing> {
  const { about, recipientOrg, task } = sending;
  const [current] = await sql.query<TaskNow>(TASK_NOW_SQL, [about.taskId, recipientOrg, about.loopId]);
  const security = [...(task.meta?.security ?? []), ...(current?.security ?? [])];
  const resource = disclosedResource('Task', task.id, { ...task, meta: { ...task.meta, security } }, current?.author);
  const client = idOf('Patient', task.for);
  const consents = client === undefined ? [] : ((await loadConsents(sql, [client])).get(client) ?? []);
  const recipient = await loadRecipient(sql, recipientOrg);
  const addressed = about.taskId === about.loopId;
  const { decision } = decide(
    { recipient, purpose: COORDINATION_OF_CARE, resource, from: current?.sender ?? undefined, addressed, now },
    consents,
    deps.consentPolicy,
  );
  return {
    isPermitted: decision === 'permit' && current?.withheld !== true,
    status: current?.status ?? undefined,
    hasOffer: current?.hasOffer ?? false,
  };
}

export const TASK_NOW_SQL = `
  SELECT content ->> 'status' AS status, content -> 'meta' -> 'security' AS security, author_org AS author,
    EXISTS (SELECT 1 FROM share WHERE task_id = $1 AND organization_id = $2 AND reason = 'task'
      AND ended_at IS NULL AND withheld IS NOT NULL) AS withheld,
    EXISTS (SELECT 1 FROM delivery WHERE task_id = $1 AND recipient_org = $2 AND kind = 'offer' AND status = 'delivered'
      AND loop_id = $3) AS "hasOffer",
    (SELECT sender_org FROM loop WHERE id = $3) AS sender
  FROM resource WHERE type = 'Task' AND id = $1`;

/** A Task without anything about the client: which it is, who asks whom, and that consent is wanting. Pure. */
export function withoutContent(task: Stored<Task>): Stored<Task> {
  const { resourceType, id, identifier, status, intent, code, requester, owner, lastModified, meta } = task;
  return {
    resourceType,
    id,
    ...(meta ? { meta: withoutLabels(meta) } : {}),
    ...(identifier ? { identifier } : {}),
    status,
    statusReason: { text: "The client's consent does not permit this any more." },
    intent,
    ...(code ? { code } : {}),
    ...(requester ? { requester } : {}),
    ...(owner ? { owner } : {}),
    ...(lastModified ? { lastModified } : {}),
  } as Stored<Task>;
}

/** What it was labelled with tells something, too. */
function withoutLabels({ security: _security, ...meta }: NonNullable<Task['meta']>): NonNullable<Task['meta']> {
  return meta;
}
