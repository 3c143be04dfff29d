import type { Task } from '@medplum/fhirtypes';
import { AppError } from '../../errors.ts';
import { idOf } from '../../fhir/references.ts';
import type { FinishRule, WriteRule } from '../../fhir/store/transact.ts';
import { BY_HUB, type UnitOfWork } from '../../fhir/store/unit-of-work.ts';
import { lockLoop } from '../../loops/projection/store.ts';
import { changeAsked, isReferralTask, isTerminal } from '../../loops/words.ts';
import { loopOf } from '../sharing/sides.ts';
import type { ReferralDeps, StoredTask } from '../task-changes.ts';
import { grantStop, refuseStop } from './answer.ts';
import { beginStop } from './begin.ts';
import { answerChange } from './change/answer.ts';
import { beginChange } from './change/begin.ts';
import { checkAnswer, ownMatter, refuseBecoming } from './check-answer.ts';
import { answerStop, openRequests } from './stop-tasks.ts';

/** Requests to stop a referral that has begun, to wait with it or to go on, and their answers, whichever door they come through. */
export function stopRule(deps: ReferralDeps): WriteRule {
  return {
    types: ['Task'],
    beforeLock: async (id, unit) => {
      // A part of a loop asks for nothing to be stopped.
      if (await lockLoop(unit, id)) return;
      const [stop] = await unit.tx.query<{ focus: string | null }>(FOCUS_SQL, [id]);
      const focus = idOf('Task', { reference: stop?.focus ?? '' });
      if (focus) await lockLoop(unit, focus);
    },
    check: async ({ before, after }, unit) => {
      const [was, stop] = [before as StoredTask | undefined, after as StoredTask];
      if (was && changeAsked(was)) {
        // Who is shown a part of it answers on the ground of that; what it is not shown stays.
        const whole = (await unit.find<Task>('Task', was.id, BY_HUB)) ?? was;
        return checkAnswer(unit, whole, stop, await stopped(unit, was));
      }
      if (was && changeAsked(stop) && (await stopped(unit, stop))) refuseBecoming(was);
      return stop;
    },
    settle: async ({ before, after }, unit) => {
      const stop = (after ?? before) as StoredTask;
      if (!changeAsked(stop)) return;
      const task = await stopped(unit, stop);
      if (!task) return after ? undefined : void ownMatter(unit, stop, stop);
      if (!after) throw kept(stop);
      const isStop = changeAsked(stop) === 'abort';
      if (!before) return isStop ? beginStop(unit, deps, stop, task) : beginChange(unit, deps, stop, task);
      if ((before as Task).status === stop.status) return;
      if (!isStop) return answerChange(unit, deps, stop, task);
      if (stop.status === 'completed') await grantStop(unit, deps, stop, task);
      else await refuseStop(unit, deps, stop, task);
    },
  };
}

const FOCUS_SQL = `
  SELECT content -> 'focus' ->> 'reference' AS focus FROM resource
  WHERE type = 'Task' AND id = $1`;

/** The part of a referral that a request speaks of, taken until the transaction ends; undefined: it is of no referral. */
async function stopped(unit: UnitOfWork, stop: StoredTask): Promise<StoredTask | undefined> {
  const id = idOf('Task', stop.focus) ?? '';
  await lockLoop(unit, id);
  const task = await unit.lock<Task>('Task', id, BY_HUB);
  return task && isReferralTask(task) && task.status !== 'draft' ? task : undefined;
}

/** What has ended cannot be stopped any more: whoever was asked has answered by how it ended. Done is done. */
export const answerEnded: FinishRule = async (unit) => {
  for (const { type, before, after } of [...unit.changes]) {
    const [was, task] = [before as Task | undefined, after as StoredTask | undefined];
    if (type !== 'Task' || !was || !task || !isReferralTask(task)) continue;
    if (isTerminal(was.status) || !isTerminal(task.status)) continue;
    for (const stop of await openRequests(unit, 'abort', task.id)) {
      const isDone = task.status === 'completed';
      const statusReason = { text: 'It was done before it could be stopped.' };
      const answer = isDone ? { status: 'rejected' as const, statusReason } : { status: 'completed' as const };
      await answerStop(unit, loopOf(task), stop, answer);
    }
  }
};

function kept(stop: StoredTask): AppError {
  const text = 'A request about a referral is never deleted. Set its status to cancelled to take it back.';
  return new AppError('unprocessable', 'stop.kept', text, {
    issues: [{ text, expression: 'Task' }],
    subject: { type: 'Task', id: stop.id },
  });
}
