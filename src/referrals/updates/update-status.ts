import type { Task } from '@medplum/fhirtypes';
import { organizationBehind } from '../../directory/directory.ts';
import { AppError } from '../../errors.ts';
import { idOf } from '../../fhir/references.ts';
import { BY_HUB, type UnitOfWork } from '../../fhir/store/unit-of-work.ts';
import { standingOutputs } from '../../loops/status/outputs.ts';
import { type Side, transition } from '../../loops/status/transition.ts';
import {
  asBusinessStatus,
  reasonOf,
  replacedBy,
  replacing,
  saidProgressOf,
  type TaskStatus,
} from '../../loops/words.ts';
import { type ReferralDeps, recordSteps, type StoredTask, sameStatus } from '../task-changes.ts';
import { carryOn } from './carry-on.ts';
import { refuseTaken } from './taken.ts';
import { asWhole, changedAfterEnd, forbiddenChanges, mergeUpdate } from './task-fields.ts';

/**
 * A reported change of a referral Task, whoever reports it and by whichever door: who may write what, and which status
 * may follow which.
 * @param given the Task as the caller is given it, and was given it before
 * @returns the Task to store
 * @throws AppError that names the element or the legal next statuses; the stored Task stays as it is
 */
export async function checkUpdate(
  unit: UnitOfWork,
  deps: ReferralDeps,
  given: StoredTask,
  said: StoredTask,
): Promise<StoredTask> {
  // Who is shown a part of it writes on the ground of that; what it is not shown stays.
  const before = (await unit.find<Task>('Task', given.id, BY_HUB)) ?? given;
  const after = asWhole(said, given, before);
  const side = await sideOf(unit, deps, before, after.status as string);
  refuseForeignFields(before, after);
  const merged = replacing(mergeUpdate(before, after, side), replacedBy(before));
  refuseSilentEnd(deps, merged);
  refuseAfterEnd(before, merged, side);
  if (side === 'owner') refuseTaken(before, merged);
  const verdict = transition(before.status as TaskStatus, merged.status as string, side, reasonOf(merged));
  switch (verdict.kind) {
    case 'refused':
      throw new AppError('unprocessable', 'task.transition-not-allowed', verdict.text, {
        issues: [{ text: verdict.text, expression: `Task.${verdict.element}` }],
        subject: { type: 'Task', id: before.id },
      });
    case 'cancel-request':
      return {
        ...before,
        businessStatus: asBusinessStatus('cancel-requested'),
        ...(merged.statusReason ? { statusReason: merged.statusReason } : {}),
      };
    case 'same':
    case 'steps':
      return { ...merged, lastModified: changedAt(before, after, unit) };
  }
}

/** When the partner made its change, where it says so; a time that came along unchanged is of an earlier one. */
function changedAt(before: Task, after: Task, unit: UnitOfWork): string {
  const said = after.lastModified !== before.lastModified ? after.lastModified : undefined;
  return said ?? unit.now.toISOString();
}

/** What follows from an accepted change: the timeline, the other Tasks of the loop, and who is told. */
export async function settleUpdate(
  unit: UnitOfWork,
  deps: ReferralDeps,
  before: StoredTask,
  after: StoredTask,
): Promise<void> {
  const loopId = idOf('Task', after.partOf?.[0]) ?? after.id;
  if (before.status !== after.status) {
    const side = await sideOf(unit, deps, before, after.status as string);
    const verdict = transition(before.status as TaskStatus, after.status as string, side, reasonOf(after));
    recordSteps(unit, loopId, after, verdict.kind === 'steps' ? verdict.steps : []);
  } else if (saidProgressOf(before) !== saidProgressOf(after)) {
    recordSteps(unit, loopId, after, [sameStatus(after)]);
  }
  await carryOn(unit, deps, loopId, before, after);
}

/** On whose side a caller stands. The hub's own people act for the requester of legs, and for an agency that asked them to. */
async function sideOf(unit: UnitOfWork, deps: ReferralDeps, task: Task, status: string): Promise<Side> {
  const { caller } = unit;
  const requester = await organizationBehind(unit, task.requester?.reference);
  const isOwner = idOf('Organization', task.owner) === caller.organizationId;
  const isRequester = requester === caller.organizationId;
  if (isOwner && isRequester)
    return transition(task.status as TaskStatus, status, 'owner', 'any').kind === 'refused' ? 'requester' : 'owner';
  if (isOwner) return 'owner';
  if (isRequester) return 'requester';
  if (caller.organizationId === deps.hubOrg) return 'requester';
  const text = 'Only the organization that asked and the one that was asked may change this Task.';
  throw new AppError('forbidden', 'task.not-yours', text, {
    issues: [{ text, expression: 'Task' }],
    subject: { type: 'Task', id: task.id ?? '' },
  });
}

/** Nobody will add an outcome to what the hub itself has completed: it is said at once. */
function refuseSilentEnd(deps: ReferralDeps, task: StoredTask): void {
  const byHub = idOf('Organization', task.owner) === deps.hubOrg;
  if (!byHub || task.status !== 'completed' || standingOutputs(task).length > 0) return;
  const text = 'A completed referral says what was done: add an output.';
  throw new AppError('unprocessable', 'task.no-outcome', text, {
    issues: [{ text, expression: 'Task.output' }],
    subject: { type: 'Task', id: task.id },
  });
}

/** How it ended is known to those concerned: what is added later must not change it. */
function refuseAfterEnd(before: StoredTask, merged: StoredTask, side: Side): void {
  const changed = changedAfterEnd(before, merged, side);
  if (changed.length === 0) return;
  const text = `The Task is ${before.status}, and that is final: its owner may still add to output and note, and nothing else changes. To ask again, send a new referral that replaces this one.`;
  throw new AppError('unprocessable', 'task.ended', text, {
    issues: changed.map((expression) => ({ text, expression })),
    subject: { type: 'Task', id: before.id },
  });
}

function refuseForeignFields(before: StoredTask, after: StoredTask): void {
  const forbidden = forbiddenChanges(before, after);
  if (forbidden.length === 0) return;
  const text =
    'This element says what the Task is about and cannot change. Leave it as it was, or send a new referral.';
  throw new AppError('unprocessable', 'task.fixed-element', text, {
    issues: forbidden.map((expression) => ({ text, expression })),
    subject: { type: 'Task', id: before.id },
  });
}
