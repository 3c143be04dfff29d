import { insertInto, type RowWriter } from '../../db/row-writer.ts';
import type { UnitOfWork } from '../../fhir/store/unit-of-work.ts';

/** What is known of a message beside its Communication. */
export interface MessageRow {
  id: string;
  loop_id: string;
  task_id: string;
  from_org: string;
  to_org: string;
  person_id: string | null;
  in_response_to: string | null;
  said_at: string;
  answer_by: string | null;
}

export const messageRows: RowWriter<MessageRow> = insertInto('message', {
  id: 'text',
  loop_id: 'text',
  task_id: 'text',
  from_org: 'text',
  to_org: 'text',
  person_id: 'uuid',
  in_response_to: 'text',
  said_at: 'timestamptz',
  answer_by: 'timestamptz',
});

/** A message as it was kept before this transaction. */
export interface KnownMessage {
  readonly loopId: string;
  readonly taskId: string;
  readonly from: string;
  readonly to: string;
  readonly withdrawn: boolean;
}

export async function knownMessage({ tx }: UnitOfWork, id: string): Promise<KnownMessage | undefined> {
  const [row] = await tx.query<KnownMessage>(KNOWN_SQL, [id]);
  return row;
}

export const KNOWN_SQL = `
  SELECT loop_id AS "loopId", task_id AS "taskId", from_org AS "from", to_org AS "to", withdrawn FROM message WHERE id = $1`;

/**
 * A word of who was asked answers the message it names; where it names none, all that waited for one of it on that Task.
 * What was awaited then is awaited no more.
 */
export async function settleAnswered({ tx }: UnitOfWork, answer: MessageRow): Promise<void> {
  const { id, task_id, loop_id, from_org, to_org, in_response_to } = answer;
  await tx.query(ANSWERED_SQL, [loop_id, id, task_id, from_org, to_org, in_response_to]);
}

export const ANSWERED_SQL = `
  UPDATE message SET answered_by = $2
  WHERE loop_id = $1 AND answer_by IS NOT NULL AND answered_by IS NULL AND NOT withdrawn
    AND task_id = $3 AND to_org = $4 AND from_org = $5 AND ($6::text IS NULL OR id = $6)`;

/** A message was withdrawn: it needs no answer any more, and is none. */
export async function noteWithdrawn({ tx }: UnitOfWork, loopId: string, id: string): Promise<void> {
  await tx.query('UPDATE message SET withdrawn = true WHERE id = $1', [id]);
  await tx.query('UPDATE message SET answered_by = NULL WHERE loop_id = $1 AND answered_by = $2', [loopId, id]);
}

/** Its recipient says that it has read it; the first time counts. */
export async function noteRead({ tx, now }: UnitOfWork, ids: readonly string[]): Promise<void> {
  await tx.query('UPDATE message SET read_at = $2 WHERE id = ANY ($1::text[]) AND read_at IS NULL', [ids, now]);
}
