import type { Task } from '@medplum/fhirtypes';
import type { Visit } from '../../access/mailbox/visit.ts';
import type { Sql } from '../../db/database.ts';
import { contentFor, visibleTo } from '../../fhir/caller.ts';

/** Whom a visit is about, as a reference, for the audit; empty: nobody. */
export async function clientOf(sql: Sql, { caller, taskId }: Visit): Promise<string> {
  const [row] = await sql.query<{ content: Task }>(
    `SELECT ${contentFor(caller)} AS content FROM resource WHERE type = 'Task' AND id = $1 AND NOT deleted AND ${visibleTo(caller)}`,
    [taskId],
  );
  return row?.content.for?.reference ?? '';
}
