import { insertInto, type RowWriter } from '../db/row-writer.ts';
import type { UnitOfWork } from '../fhir/store/unit-of-work.ts';
import type { RungAction } from '../loops/policy/policy.ts';
import type { Result } from '../loops/words.ts';
import type { Due } from './due.ts';

/** Has it written that a rung was done, with everything else that it means. */
export function recordFiring(
  unit: UnitOfWork,
  { loopId, taskId, messageId, step, since, rung, what, waitingOn, organizationId, ...due }: Due,
  done: { readonly result: Result; readonly communicationId: string },
): void {
  unit.add(firingRows, {
    loop_id: loopId,
    task_id: taskId,
    message_id: messageId,
    step,
    since: since.toISOString(),
    rung,
    what,
    result: done.result,
    waiting_on: waitingOn,
    organization_id: organizationId,
    due: due.due.toISOString(),
    planned_at: due.plannedAt.toISOString(),
    fired_at: unit.now.toISOString(),
    communication_id: done.communicationId,
  });
  // The ladder is deleted with what was awaited: one statement does not do both to a row.
  if (done.result === 'done' && LAST.has(what)) return;
  const at = nextAfter(due, unit.now)?.toISOString() ?? null;
  unit.add(climbed, { loop_id: loopId, task_id: taskId, message_id: messageId, fired: rung + 1, at });
}

/** By these, once they are done, a ladder ends. */
const LAST: ReadonlySet<RungAction> = new Set(['offer-next', 'close-unresponsive', 'close-unconfirmed']);

interface FiringRow {
  loop_id: string;
  task_id: string;
  message_id: string;
  step: string;
  since: string;
  rung: number;
  what: string;
  result: string;
  waiting_on: string;
  organization_id: string | null;
  due: string;
  planned_at: string;
  fired_at: string;
  communication_id: string;
}

/** The key of a rung is refused when it was done already: then nothing of the transaction is kept. */
const firingRows: RowWriter<FiringRow> = {
  ...insertInto<FiringRow>('firing', {
    loop_id: 'text',
    task_id: 'text',
    message_id: 'text',
    step: 'text',
    since: 'timestamptz',
    rung: 'int',
    what: 'text',
    result: 'text',
    waiting_on: 'text',
    organization_id: 'text',
    due: 'timestamptz',
    planned_at: 'timestamptz',
    fired_at: 'timestamptz',
    communication_id: 'text',
  }),
  usuallyOne: true,
};

/** Where a ladder stands, once a rung of it was done. */
const climbed: RowWriter<{ loop_id: string; task_id: string; message_id: string; fired: number; at: string | null }> = {
  name: 'deadline_climbed',
  columns: { loop_id: 'text', task_id: 'text', message_id: 'text', fired: 'int', at: 'timestamptz' },
  usuallyOne: true,
  statement: (rows) => `UPDATE deadline SET fired = r.fired, at = r.at FROM ${rows}
    WHERE deadline.loop_id = r.loop_id AND deadline.task_id = r.task_id
      AND deadline.message_id = r.message_id`,
};

/**
 * When the next rung is done. Who is reminded late, because the hub was away, is given the time between them all the
 * same before somebody else hears of it. Pure.
 */
export function nextAfter({ plannedAt, nextAt }: Pick<Due, 'plannedAt' | 'nextAt'>, firedAt: Date): Date | null {
  if (!nextAt) return null;
  const late = Math.max(0, firedAt.getTime() - plannedAt.getTime());
  return new Date(nextAt.getTime() + late);
}
