import type { Sql } from '../db/database.ts';
import type { Result } from '../loops/words.ts';
import type { Due } from './due.ts';

/** Writes that a rung was done. Its key is refused when it was done already: then nothing of this transaction is kept. */
export async function recordFiring(
  tx: Sql,
  due: Due,
  done: { readonly result: Result; readonly communicationId: string; readonly at: Date },
): Promise<void> {
  const { loopId, taskId, messageId, step, since, rung, what, waitingOn, organizationId } = due;
  await tx.query(FIRING_SQL, [
    loopId,
    taskId,
    step,
    since,
    rung,
    what,
    done.result,
    waitingOn,
    organizationId,
    due.due,
    due.plannedAt,
    done.at,
    done.communicationId,
    nextAfter(due, done.at),
    messageId,
  ]);
}

const FIRING_SQL = `
  WITH fired AS (
    INSERT INTO firing (loop_id, task_id, step, since, rung, what, result, waiting_on, organization_id, due, planned_at,
      fired_at, communication_id, message_id)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $15) RETURNING loop_id)
  UPDATE deadline SET fired = $5 + 1, at = $14::timestamptz FROM fired WHERE deadline.loop_id = $1 AND deadline.task_id = $2
    AND deadline.message_id = $15`;

/**
 * When the next rung is done. Who is reminded late, because the hub was away, is given the time between them all the
 * same before somebody else hears of it. Pure.
 */
export function nextAfter({ plannedAt, nextAt }: Pick<Due, 'plannedAt' | 'nextAt'>, firedAt: Date): Date | null {
  if (!nextAt) return null;
  const late = Math.max(0, firedAt.getTime() - plannedAt.getTime());
  return new Date(nextAt.getTime() + late);
}
