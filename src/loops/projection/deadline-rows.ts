import type { RowWriter } from '../../db/row-writer.ts';
import type { Awaited } from './project.ts';

export interface DeadlineRow {
  readonly loop_id: string;
  readonly task_id: string;
  /** The message whose answer is awaited; '': something else is. */
  readonly message_id: string;
  readonly step: string;
  readonly waiting_on: string;
  readonly organization_id: string | null;
  readonly since: string;
  readonly due: string;
  readonly whats: readonly string[];
  readonly ats: readonly string[];
}

const COLUMNS: RowWriter<DeadlineRow>['columns'] = {
  loop_id: 'text',
  task_id: 'text',
  message_id: 'text',
  step: 'text',
  waiting_on: 'text',
  organization_id: 'text',
  since: 'timestamptz',
  due: 'timestamptz',
  whats: 'text[]',
  ats: 'timestamptz[]',
};

const NAMES = Object.keys(COLUMNS);
const LIST = NAMES.join(', ');

/**
 * Writes what is awaited, and what happens when it does not come. The ladder of something that is still awaited goes on
 * where it is: rungs that were done are not done again, however the policy has changed since.
 */
export const deadlineRows: RowWriter<DeadlineRow> = {
  name: 'deadline',
  columns: COLUMNS,
  statement: (rows) => `INSERT INTO deadline (${LIST}, fired, at)
    SELECT ${NAMES.map((name) => `r.${name}`).join(', ')}, done.fired, r.ats[done.fired + 1]
    FROM ${rows} CROSS JOIN LATERAL (SELECT count(*)::int AS fired FROM firing
      WHERE firing.task_id = r.task_id AND firing.step = r.step AND firing.since = r.since AND firing.message_id = r.message_id) done
    ON CONFLICT (loop_id, task_id, message_id) DO UPDATE SET ${NAMES.map((name) => `${name} = EXCLUDED.${name}`).join(', ')},
      fired = EXCLUDED.fired, at = EXCLUDED.at
    WHERE (${NAMES.map((name) => `deadline.${name}`).join(', ')})
      IS DISTINCT FROM (${NAMES.map((name) => `EXCLUDED.${name}`).join(', ')})`,
};

interface AwaitedRow {
  readonly loop_id: string;
  /** What is awaited: see `awaitedKey`. */
  readonly awaited: readonly string[];
}

/** Takes away what is no longer awaited: whoever did it has cancelled what would have happened. */
export const onlyAwaited: RowWriter<AwaitedRow> = {
  name: 'deadline_gone',
  columns: { loop_id: 'text', awaited: 'text[]' },
  statement: (rows) =>
    `DELETE FROM deadline USING ${rows} WHERE deadline.loop_id = r.loop_id
      AND NOT deadline.task_id || ' ' || deadline.message_id = ANY (r.awaited)`,
};

/** Stands for one thing that is awaited on a loop. Pure. */
export function awaitedKey({ taskId, messageId = '' }: Pick<Awaited, 'taskId' | 'messageId'>): string {
  return `${taskId} ${messageId}`;
}

/** Something that is awaited on a loop, as a row. Pure. */
export function deadlineRow(loopId: string, { rungs, ...awaited }: Awaited): DeadlineRow {
  return {
    loop_id: loopId,
    task_id: awaited.taskId,
    message_id: awaited.messageId ?? '',
    step: awaited.step,
    waiting_on: awaited.waitingOn,
    organization_id: awaited.organizationId ?? null,
    since: awaited.since.toISOString(),
    due: awaited.due.toISOString(),
    whats: rungs.map(({ what }) => what),
    ats: rungs.map(({ at }) => at.toISOString()),
  };
}
