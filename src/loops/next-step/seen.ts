import type { Task } from '@medplum/fhirtypes';
import type { Caller } from '../../fhir/caller.ts';
import { type Store, transact } from '../../fhir/store/transact.ts';
import { LOOP_MARK, lockLoop } from '../projection/store.ts';
import { isReferralTask, progressOf } from '../words.ts';

/** A Task that asks an organization, and the loop it belongs to. */
export interface AskedTask {
  readonly loopId: string;
  readonly taskId: string;
}

/** Whether a Task asks an organization, and does not say yet that it was seen there. Pure. */
export function isUnseen(task: Task, organizationId: string): boolean {
  const asks = task.status === 'requested' && task.owner?.reference === `Organization/${organizationId}`;
  return asks && isReferralTask(task) && progressOf(task) !== 'seen';
}

/**
 * Notes that who is asked has read that it is: a program of it, or somebody who works there. The first time counts; the status
 * stays as it is, and nobody is told.
 */
export async function noteSeen(store: Store, caller: Caller, tasks: readonly AskedTask[]): Promise<void> {
  // A client who looks at the own record does not do so for an organization.
  if (tasks.length === 0 || caller.kind !== 'client' || caller.view?.kind === 'own-record') return;
  const [loops, ids] = [tasks.map(({ loopId }) => loopId), tasks.map(({ taskId }) => taskId)];
  const unseen = await store.db.query<{ loopId: string }>(UNSEEN_SQL, [loops, ids, caller.organizationId]);
  for (const loopId of new Set(unseen.map((each) => each.loopId)))
    await transact(store, caller, async (unit) => {
      await lockLoop(unit, loopId);
      await unit.tx.query(SEEN_SQL, [[loopId], ids, caller.organizationId, unit.now]);
      unit.mark(LOOP_MARK, loopId);
    });
}

const OFFERS = `loop_id = ANY ($1::text[]) AND task_id = ANY ($2::text[]) AND recipient_org = $3 AND kind = 'offer' AND read_at IS NULL`;

export const UNSEEN_SQL = `SELECT loop_id AS "loopId" FROM delivery WHERE ${OFFERS}`;

const SEEN_SQL = `UPDATE delivery SET read_at = $4 WHERE ${OFFERS}`;
