import type { Task } from '@medplum/fhirtypes';
import { decide } from '../access/consent/decide.ts';
import { disclosedResource } from '../access/consent/disclosed-resource.ts';
import { loadConsents, loadRecipient } from '../access/consent/load-consents.ts';
import { COORDINATION_OF_CARE } from '../access/consent/purposes.ts';
import type { SaidMessage } from '../channels/said.ts';
import type { Sql } from '../db/database.ts';
import { contentFor } from '../fhir/caller.ts';
import { idOf } from '../fhir/references.ts';
import type { Stored } from '../fhir/store/unit-of-work.ts';
import type { DeliverDeps } from './deliver-deps.ts';
import { WAITS_FOR_CONSENT } from './errand.ts';
import type { TaskMessage } from './store.ts';

/** A message as it stands at the moment at which it is to leave. */
export interface MessageNow {
  readonly message: SaidMessage;
  readonly isPermitted: boolean;
  /** Whether its recipient may read it here: what was shared with it for this Task may have ended. */
  readonly isShared: boolean;
  readonly isAnswered: boolean;
  /** Whether it has been delivered before: then its recipient has it. */
  readonly isThere: boolean;
}

interface MessageRow {
  readonly content: SaidMessage | null;
  readonly author: string;
  readonly shared: boolean;
  readonly withheld: boolean;
  readonly answered: boolean;
  readonly there: boolean;
  readonly sender: string | null;
}

/** @returns undefined when there is no such message */
export async function messageNow(
  sql: Sql,
  deps: Pick<DeliverDeps, 'consentPolicy'>,
  { about, recipientOrg, task }: { about: TaskMessage; recipientOrg: string; task: Stored<Task> },
  now: Date,
): Promise<MessageNow | undefined> {
  const [row] = await sql.query<MessageRow>(MESSAGE_NOW_SQL(recipientOrg), [
    about.messageId,
    recipientOrg,
    about.loopId,
  ]);
  if (!row?.content) return undefined;
  const client = idOf('Patient', row.content.subject) ?? idOf('Patient', task.for);
  const { decision } = decide(
    {
      recipient: await loadRecipient(sql, recipientOrg),
      purpose: COORDINATION_OF_CARE,
      resource: disclosedResource('Communication', row.content.id, row.content, row.author),
      from: row.sender ?? undefined,
      addressed: about.taskId === about.loopId,
      now,
    },
    client === undefined ? [] : ((await loadConsents(sql, [client])).get(client) ?? []),
    deps.consentPolicy,
  );
  return {
    message: row.content,
    isPermitted: decision === 'permit' && !row.withheld,
    isShared: row.shared || row.withheld,
    isAnswered: row.answered,
    isThere: row.there,
  };
}

/** @param recipient the id of an Organization: it is said as that is shown it */
export const MESSAGE_NOW_SQL = (recipient: string): string => `
  SELECT ${contentFor({ kind: 'client', organizationId: recipient })} AS content, author_org AS author,
    EXISTS (SELECT 1 FROM share WHERE type = 'Communication' AND resource_id = $1 AND organization_id = $2
      AND ended_at IS NULL AND withheld IS NULL) AS shared,
    EXISTS (SELECT 1 FROM share WHERE type = 'Communication' AND resource_id = $1 AND organization_id = $2
      AND ended_at IS NULL AND withheld IS NOT NULL) AS withheld,
    EXISTS (SELECT 1 FROM message WHERE id = $1 AND (answered_by IS NOT NULL OR withdrawn)) AS answered,
    EXISTS (SELECT 1 FROM delivery WHERE message_id = $1 AND kind = 'message' AND recipient_org = $2
      AND status = 'delivered') AS there,
    (SELECT sender_org FROM loop WHERE id = $3) AS sender
  FROM resource WHERE type = 'Communication' AND id = $1 AND NOT deleted`;

/**
 * What may be said of a message: it, nothing yet, or nothing at all. One that was withdrawn is said so where it is; who has
 * answered, or may not read it, is not reminded.
 */
export function sayableMessage(
  kind: TaskMessage['kind'],
  now: MessageNow | undefined,
): SaidMessage | typeof WAITS_FOR_CONSENT | undefined {
  if (!now) return undefined;
  const { message, isPermitted, isShared, isAnswered, isThere } = now;
  if (kind === 'reminder') return isPermitted && isShared && !isAnswered ? message : undefined;
  if (message.status === 'entered-in-error') return isThere ? message : undefined;
  if (!isShared) return undefined;
  return isPermitted ? message : WAITS_FOR_CONSENT;
}
