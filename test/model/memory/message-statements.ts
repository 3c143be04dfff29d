import { ANSWERED_SQL, KNOWN_SQL } from '../../../src/referrals/conversation/message-rows.ts';
import type { Answer } from './answer.ts';
import type { MessageRecord, Tables } from './tables.ts';

/** What the stories of messages ask the store. */
export const MESSAGES: readonly (readonly [string, Answer])[] = [
  [
    KNOWN_SQL,
    ({ messages }, [id]) => {
      const row = messages.get(String(id));
      if (!row) return [];
      const { loop_id: loopId, task_id: taskId, from_org: from, to_org: to, withdrawn } = row;
      return [{ loopId, taskId, from, to, withdrawn }];
    },
  ],
  [
    ANSWERED_SQL,
    (tables, [, id, task, from, to, named]) =>
      changed(
        tables,
        (row) =>
          isAwaited(row) &&
          row.task_id === task &&
          row.to_org === from &&
          row.from_org === to &&
          (named ?? row.id) === row.id,
        { answered_by: String(id) },
      ),
  ],
];

export const MESSAGE_PATTERNS: readonly (readonly [RegExp, Answer])[] = [
  [
    /^UPDATE message SET withdrawn = true/,
    (tables, [id]) => changed(tables, (row) => row.id === id, { withdrawn: true }),
  ],
  [
    /^UPDATE message SET answered_by = NULL/,
    (tables, [, id]) => changed(tables, (row) => row.answered_by === id, { answered_by: null }),
  ],
  [
    /^UPDATE message SET read_at = \$2/,
    (tables, [ids, now]) =>
      changed(tables, (row) => (ids as string[]).includes(row.id) && row.read_at === null, {
        read_at: (now as Date).toISOString(),
      }),
  ],
];

/** Whether an answer to it is awaited. */
export function isAwaited({ answer_by, answered_by, withdrawn }: MessageRecord): boolean {
  return answer_by !== null && answered_by === null && !withdrawn;
}

function changed(
  { messages }: Tables,
  which: (row: MessageRecord) => boolean,
  change: Partial<MessageRecord>,
): object[] {
  for (const row of messages.values()) if (which(row)) messages.set(row.id, { ...row, ...change });
  return [];
}
