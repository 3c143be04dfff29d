import type { Sql } from '../../db/database.ts';

const DAY_MS = 86_400_000;
/** Days after the end of a Task until which its links are kept: they open it for some of them, and nothing afterwards. */
const LINKS_DAYS = 30;

/**
 * Removes what opens nothing any more: codes of yesterday, and links to what ended a month ago. What has ended stays so. Visits
 * stay: what was done names them.
 */
export async function tidyMailboxes(sql: Sql, now: Date): Promise<void> {
  await sql.query('DELETE FROM mailbox_code WHERE created_at < $1', [new Date(now.getTime() - DAY_MS)]);
  await sql.query(TIDY_LINKS_SQL, [new Date(now.getTime() - LINKS_DAYS * DAY_MS)]);
}

const TIDY_LINKS_SQL = `
  DELETE FROM mailbox_link WHERE created_at < $1
    AND NOT EXISTS (SELECT FROM resource WHERE type = 'Task' AND id = mailbox_link.task_id AND NOT deleted
      AND content ->> 'status' NOT IN ('completed', 'failed', 'rejected', 'cancelled', 'entered-in-error'))
    AND NOT EXISTS (SELECT FROM transition
      WHERE loop_id = mailbox_link.loop_id AND task_id = mailbox_link.task_id AND recorded_at >= $1)`;
