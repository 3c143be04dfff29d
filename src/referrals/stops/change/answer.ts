import type { Task } from '@medplum/fhirtypes';
import { idOf } from '../../../fhir/references.ts';
import type { FinishRule } from '../../../fhir/store/transact.ts';
import { BY_HUB, type UnitOfWork } from '../../../fhir/store/unit-of-work.ts';
import { type Side, transition } from '../../../loops/status/transition.ts';
import { changeAsked, isReferralTask, isTerminal, reasonOf, type TaskStatus } from '../../../loops/words.ts';
import { legsOf } from '../../ask-next.ts';
import { loopOf } from '../../sharing/sides.ts';
import { putByHub, type ReferralDeps, recordSteps, type StoredTask, sameStatus } from '../../task-changes.ts';
import { carryOn } from '../../updates/carry-on.ts';
import { answerStop, openAbout, openRequests } from '../stop-tasks.ts';

/** What a Task becomes when its owner does what is asked. */
const BECOMES = { suspend: 'on-hold', resume: 'in-progress' } as const;

/** Who was asked to wait, or to go on, has answered; or who asked has taken it back. */
export async function answerChange(
  unit: UnitOfWork,
  deps: ReferralDeps,
  request: StoredTask,
  task: StoredTask,
): Promise<void> {
  if (request.status === 'completed') await doAsAsked(unit, deps, request, task);
  else await leaveAsIs(unit, request, task);
  await answerWhole(unit, request);
}

/** Its Task takes the status, as if it had said so there. */
async function doAsAsked(unit: UnitOfWork, deps: ReferralDeps, request: StoredTask, task: StoredTask): Promise<void> {
  const to = BECOMES[changeAsked(request) === 'resume' ? 'resume' : 'suspend'];
  const why = request.statusReason ?? { text: reasonOf(request) ?? request.reasonCode?.text ?? 'As asked.' };
  const side: Side = 'owner';
  const verdict = transition(task.status as TaskStatus, to, side, 'as asked');
  // It has gone on meanwhile: there is nothing left to do.
  if (verdict.kind !== 'steps') return;
  const { statusReason: _before, ...kept } = task;
  const after = await putByHub(unit, { ...kept, status: to, ...(to === 'on-hold' ? { statusReason: why } : {}) });
  recordSteps(unit, loopOf(task), after, verdict.steps);
  await carryOn(unit, deps, loopOf(task), task, after);
}

async function leaveAsIs(unit: UnitOfWork, request: StoredTask, task: StoredTask): Promise<void> {
  const text = request.statusReason?.text ?? 'The request was taken back.';
  const said = { ...task, statusReason: { text }, lastModified: unit.now.toISOString() };
  recordSteps(unit, loopOf(task), said, [sameStatus(task)]);
  if (request.status !== 'cancelled' || task.partOf?.length) return;
  for (const leg of await legsOf(unit, task.id))
    for (const each of await openRequests(unit, changeAsked(request) ?? 'suspend', leg.id))
      await answerStop(unit, task.id, each, { status: 'cancelled' });
}

/** The sender's request has its answer when all have answered: it is done when one of them has done so. */
async function answerWhole(unit: UnitOfWork, part: StoredTask): Promise<void> {
  const wholeId = idOf('Task', part.basedOn?.[0]);
  const whole = wholeId ? await unit.lock<Task>('Task', wholeId, BY_HUB) : undefined;
  const rootId = idOf('Task', whole?.focus);
  if (!whole || !rootId || whole.status !== 'requested') return;
  const change = changeAsked(whole) ?? 'suspend';
  for (const leg of await legsOf(unit, rootId))
    if ((await openRequests(unit, change, leg.id)).some(({ id }) => id !== part.id)) return;
  const root = await unit.find<Task>('Task', rootId, BY_HUB);
  const isDone = part.status === 'completed' || root?.status === (change === 'resume' ? 'in-progress' : 'on-hold');
  const statusReason = { text: 'Who has begun does not do what was asked.' };
  await answerStop(unit, rootId, whole, isDone ? { status: 'completed' } : { status: 'rejected', statusReason });
}

/** Who waits, goes on or has ended by its own Task has answered, too. */
export const answerByStatus: FinishRule = async (unit) => {
  for (const { type, before, after } of [...unit.changes]) {
    const [was, task] = [before as Task | undefined, after as StoredTask | undefined];
    if (type !== 'Task' || !was || !task || !isReferralTask(task) || was.status === task.status) continue;
    const isOver = isTerminal(task.status);
    if (!isOver && task.status !== 'on-hold' && was.status !== 'on-hold') continue;
    for (const request of await openAbout(unit, task.id)) {
      const change = changeAsked(request);
      if (change === undefined || change === 'abort') continue;
      if (!isOver && task.status !== BECOMES[change]) continue;
      const status = isOver ? 'cancelled' : 'completed';
      await answerStop(unit, loopOf(task), request, { status });
      await answerWhole(unit, { ...request, status });
    }
  }
};
