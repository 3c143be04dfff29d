import type { UnitOfWork } from '../../../fhir/store/unit-of-work.ts';
import { changeAsked } from '../../../loops/words.ts';
import { legsOf, ownerId } from '../../ask-next.ts';
import { type ReferralDeps, recordSteps, type StoredTask, sameStatus } from '../../task-changes.ts';
import { refused, requireAskable, takeRequest } from '../begin.ts';
import { askOwner } from '../stop-tasks.ts';

/** In which statuses somebody is at work that can wait, and in which somebody waits that can go on. */
const CONCERNS: Readonly<Record<string, readonly string[]>> = {
  suspend: ['accepted', 'in-progress'],
  resume: ['on-hold'],
};

/**
 * The sender asks that its referral wait, or go on: everybody it concerns is asked, and answers; until then nothing changes.
 * @param task the referral
 * @throws AppError when it is not the caller's, or there is nobody whom it could concern
 */
export async function beginChange(
  unit: UnitOfWork,
  deps: ReferralDeps,
  request: StoredTask,
  task: StoredTask,
): Promise<void> {
  const change = changeAsked(request) === 'resume' ? 'resume' : 'suspend';
  const statusReason = await requireAskable(unit, request, task);
  const concerned = (each: StoredTask): boolean => CONCERNS[change]?.includes(each.status ?? '') ?? false;
  const isDirect = ownerId(task) !== deps.hubOrg;
  const legs = isDirect ? [] : (await legsOf(unit, task.id)).filter(concerned);
  if (isDirect ? !concerned(task) : legs.length === 0)
    throw refused(
      request,
      'unprocessable',
      'stop.nothing-to-change',
      change === 'suspend'
        ? 'Nobody has taken it on yet or still works on it: there is nothing that could wait. To stop it, cancel it.'
        : 'Nobody has put it on hold: there is nothing that could go on again.',
      'focus',
    );
  const own = await takeRequest(unit, deps, request, task);
  const text = `${change === 'suspend' ? 'Asked to wait' : 'Asked to go on'}: ${statusReason.text}`;
  recordSteps(unit, task.id, { ...task, statusReason: { text }, lastModified: unit.now.toISOString() }, [
    sameStatus(task),
  ]);
  for (const leg of legs) await askOwner(unit, deps, change, { ...leg, statusReason }, own);
}
