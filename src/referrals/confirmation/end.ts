import type { QuestionnaireResponse, Task } from '@medplum/fhirtypes';
import type { Sql } from '../../db/database.ts';
import { idOf } from '../../fhir/references.ts';
import { endShares } from '../../fhir/sharing/end-shares.ts';
import { BY_HUB, type UnitOfWork } from '../../fhir/store/unit-of-work.ts';
import { loopAsked } from '../../loops/confirmation/client-task.ts';
import { recordConfirmation } from '../../loops/confirmation/events.ts';
import { standingOf } from '../../loops/confirmation/standing.ts';
import { LOOP_MARK } from '../../loops/projection/store.ts';
import { isTerminal, SYSTEMS } from '../../loops/words.ts';
import { putByHub, type StoredTask } from '../task-changes.ts';

/** Why nobody is asked any more, and how its Task ends. */
const ENDS = { unanswered: 'failed', ended: 'cancelled' } as const satisfies Record<string, Task['status']>;

/** A client is not asked any more: nothing came in time, or somebody says why not. */
export async function endAsking(
  unit: UnitOfWork,
  task: StoredTask,
  what: keyof typeof ENDS,
  text: string,
): Promise<void> {
  const loopId = loopAsked(task) ?? '';
  await putByHub(unit, { ...task, status: ENDS[what], statusReason: { text } });
  await letGo(unit, task.id);
  recordConfirmation(unit, { loopId, taskId: task.id }, what, { text });
  unit.mark(LOOP_MARK, loopId);
}

/** Nobody answers any more: not by a link, and the client's app is left the question alone. */
export async function letGo(unit: UnitOfWork, taskId: string): Promise<void> {
  await removeLinks(unit.tx, taskId);
  for (const { organizationId } of await unit.tx.query<{ organizationId: string }>(APPS_SQL, [taskId]))
    await endShares(unit, { taskId, organizationId, keeps: ['task'], at: undefined, because: 'answered' });
}

export const APPS_SQL = `SELECT DISTINCT organization_id AS "organizationId" FROM share WHERE task_id = $1 AND ended_at IS NULL`;

/** Nobody answers by a link that was handed out before. */
export async function removeLinks(sql: Sql, taskId: string): Promise<void> {
  await sql.query('DELETE FROM confirmation_link WHERE task_id = $1', [taskId]);
}

/** The Task by which the client of a loop is asked, taken until the transaction ends; undefined: it is not asked. */
export async function lockAsking(unit: UnitOfWork, loopId: string): Promise<StoredTask | undefined> {
  const [asked] = await unit.tx.query<{ id: string }>(ASKED_SQL, [loopId]);
  return asked && (await unit.lock<Task>('Task', asked.id, BY_HUB));
}

export const ASKED_SQL = `SELECT task_id AS id FROM confirmation_event WHERE loop_id = $1 AND what = 'asked' LIMIT 1`;

/** Has the client of a loop asked no more. @returns whether it was */
export async function stopAsking(unit: UnitOfWork, loopId: string, text: string): Promise<boolean> {
  const task = await lockAsking(unit, loopId);
  if (!task || isTerminal(task.status)) return false;
  await endAsking(unit, task, 'ended', text);
  return true;
}

function answerIn({ output }: Task): string {
  return idOf('QuestionnaireResponse', output?.[0]?.valueReference) ?? '';
}

/**
 * A person says what becomes of it: of a client that has not answered, why it is not asked any more; of an answer that
 * must be looked at, what is done about it.
 * @returns whether there was anything to say it of
 */
export async function settleAsking(unit: UnitOfWork, loopId: string, text: string): Promise<boolean> {
  if (await stopAsking(unit, loopId, text)) return true;
  const task = await lockAsking(unit, loopId);
  if (!task) return false;
  const response = await unit.find<QuestionnaireResponse>('QuestionnaireResponse', answerIn(task), BY_HUB);
  if (standingOf({ task, response: response ?? null, byApp: false }).awaits !== 'decide-after-answer') return false;
  await putByHub(unit, {
    ...task,
    businessStatus: { coding: [{ system: SYSTEMS.confirmation, code: 'settled' }], text },
  });
  recordConfirmation(unit, { loopId, taskId: task.id }, 'settled', { text });
  unit.mark(LOOP_MARK, loopId);
  return true;
}
