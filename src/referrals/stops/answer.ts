import type { Task } from '@medplum/fhirtypes';
import { BY_HUB, type UnitOfWork } from '../../fhir/store/unit-of-work.ts';
import { isTerminal, reasonOf, type TaskStatus, wantsCancel } from '../../loops/words.ts';
import { legsOf, ownerId } from '../ask-next.ts';
import { loopOf } from '../sharing/sides.ts';
import { putByHub, type ReferralDeps, recordSteps, type StoredTask, sameStatus, tellOwner } from '../task-changes.ts';
import { bringUp } from '../updates/bring-up.ts';
import { carryOn } from '../updates/carry-on.ts';
import { saysTheSame } from '../updates/task-fields.ts';
import { tellSenderIfNews } from '../updates/tell-sender.ts';
import { answerStop, openRequests } from './stop-tasks.ts';

/** Who was asked to stop has stopped: its Task is cancelled, as if it had said so there. */
export async function grantStop(
  unit: UnitOfWork,
  deps: ReferralDeps,
  stop: StoredTask,
  task: StoredTask,
): Promise<void> {
  if (isTerminal(task.status)) return;
  const { businessStatus: _asked, ...kept } = task;
  const text = reasonOf(stop) ?? stop.reasonCode?.text ?? 'Stopped, as asked.';
  const stopped = await putByHub(unit, { ...kept, status: 'cancelled', statusReason: { text } });
  recordSteps(unit, loopOf(task), stopped, [{ from: task.status as TaskStatus, to: 'cancelled', implied: false }]);
  await carryOn(unit, deps, loopOf(task), task, stopped);
}

/** Who was asked to stop goes on: the request has had its answer, and its sender is told. */
export async function refuseStop(
  unit: UnitOfWork,
  deps: ReferralDeps,
  stop: StoredTask,
  task: StoredTask,
): Promise<void> {
  if (isTerminal(task.status) || !wantsCancel(task)) return;
  const goesOn = await withoutRequest(unit, loopOf(task), task, stop.statusReason);
  if (!task.partOf?.length) {
    await nobodyAsks(unit, task);
    return tellSenderIfNews(unit, task, goesOn);
  }
  const root = await unit.lock<Task>('Task', loopOf(task), BY_HUB);
  const waits = (await legsOf(unit, loopOf(task))).some((leg) => !isTerminal(leg.status) && wantsCancel(leg));
  // What the others answer shows whether it ends all the same.
  if (!root || waits) return;
  // It may be that only this part should have stopped.
  if (wantsCancel(root)) await goOn(unit, deps, root);
  else await bringUp(unit, deps, root);
}

/** Those that were asked because a referral should stop need not answer any more. */
async function nobodyAsks(unit: UnitOfWork, root: StoredTask): Promise<void> {
  for (const leg of await legsOf(unit, root.id)) {
    if (isTerminal(leg.status) || !wantsCancel(leg)) continue;
    const goesOn = await withoutRequest(unit, root.id, leg, undefined);
    for (const stop of await openRequests(unit, 'abort', leg.id))
      await answerStop(unit, root.id, stop, { status: 'cancelled' });
    tellOwner(unit, 'cancel', root.id, goesOn, ownerId(leg));
  }
}

async function goOn(unit: UnitOfWork, deps: ReferralDeps, root: StoredTask): Promise<void> {
  // Why an organization goes on is its word to the hub; of what it says the sender reads the progress.
  const statusReason = { text: 'An organization that has begun does not stop, and goes on.' };
  const goesOn = await withoutRequest(unit, root.id, root, statusReason);
  for (const stop of await openRequests(unit, 'abort', root.id))
    await answerStop(unit, root.id, stop, { status: 'rejected', statusReason });
  await bringUp(unit, deps, goesOn);
  const now = (await unit.find<Task>('Task', root.id, BY_HUB)) ?? goesOn;
  // Whoever brought it up has told the sender, if that changed it.
  if (saysTheSame(now, goesOn)) tellSenderIfNews(unit, root, now);
}

/** A Task that nobody asks to stop any more; its timeline says who answered, and why. */
async function withoutRequest(
  unit: UnitOfWork,
  loopId: string,
  task: StoredTask,
  why: Task['statusReason'],
): Promise<StoredTask> {
  const { businessStatus: _asked, statusReason, ...kept } = task;
  // Why it is on hold stays; why it should stop does not.
  const stays = task.status === 'on-hold' && statusReason ? { statusReason } : {};
  const after = await putByHub(unit, { ...kept, ...stays });
  recordSteps(unit, loopId, { ...after, ...(why ? { statusReason: why } : {}) }, [sameStatus(after)]);
  return after;
}
