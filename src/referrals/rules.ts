import type { Task } from '@medplum/fhirtypes';
import type { Labelling } from '../access/labels/label-rule.ts';
import { AppError } from '../errors.ts';
import type { WriteRule } from '../fhir/store/transact.ts';
import type { Change, Stored } from '../fhir/store/unit-of-work.ts';
import { lockLoop } from '../loops/projection/store.ts';
import { changeAsked, isReferralTask } from '../loops/words.ts';
import { appointmentRule } from './appointment-rule.ts';
import { confirmationRule, hasConfirmationRule } from './confirmation/rule.ts';
import { conversationRule } from './conversation/message-rule.ts';
import { organizationRule } from './organization-rule.ts';
import { receiveReferral } from './receive-referral.ts';
import { requestRule } from './request/request-rule.ts';
import { messageRule } from './sharing/share-outcomes.ts';
import { stopRule } from './stops/stop-rule.ts';
import type { ReferralDeps, StoredTask } from './task-changes.ts';
import { attachOutcome } from './updates/attach-outcome.ts';
import { correctOutcome } from './updates/correct-outcome.ts';
import { hearTime } from './updates/said-when.ts';
import { saidApart } from './updates/set-apart.ts';
import { checkUpdate, settleUpdate } from './updates/update-status.ts';

/** What must hold for referral Tasks and their outcomes, whichever door they come through. */
export function referralRules(deps: ReferralDeps, labelling: Labelling): WriteRule[] {
  return [
    taskRule(deps),
    stopRule(deps),
    confirmationRule(deps),
    saidApart(labelling),
    outcomeRule(deps),
    appointmentRule(),
    messageRule(deps),
    conversationRule(),
    requestRule(deps),
    organizationRule(),
  ];
}

/** Whether the rule of referral Tasks says who may change a resource: who asked, and who is asked, each its own part. */
export function hasReferralRule(before: Stored): boolean {
  if (before.resourceType !== 'Task') return false;
  if (hasConfirmationRule(before)) return true;
  return changeAsked(before) !== undefined || (isReferralTask(before) && before.status !== 'draft');
}

/** Whether a change is a step of a referral. */
export function isOfReferral({ before, after }: Change): boolean {
  return [before, after].some((each) => each !== undefined && hasReferralRule(each));
}

function taskRule(deps: ReferralDeps): WriteRule {
  return {
    types: ['Task'],
    beforeLock: async (id, unit) => void (await lockLoop(unit, id)),
    hear: hearTime,
    check: async ({ before, after }, unit) => {
      const task = after as StoredTask;
      if (!isReferralTask((before as Task | undefined) ?? task)) return task;
      if (before) return checkUpdate(unit, deps, before as StoredTask, task);
      refuseStrangeStart(task, unit.caller.organizationId === deps.hubOrg);
      return task;
    },
    settle: async ({ before, after }, unit) => {
      const task = after as StoredTask | undefined;
      if (!task) return refuseRemoval(before as StoredTask | undefined);
      if (!isReferralTask(task)) return;
      const begins = task.status === 'requested' && (!before || (before as Task).status === 'draft');
      if (begins) await receiveReferral(unit, deps, task);
      // What was never sent has no loop: what happens to it is nobody else's business.
      else if (before && (await lockLoop(unit, task.id))) await settleUpdate(unit, deps, before as StoredTask, task);
    },
  };
}

/** A referral begins as a draft or as requested, and only the hub makes the parts of one. */
function refuseStrangeStart(task: StoredTask, byHub: boolean): void {
  const subject = { type: 'Task', id: task.id };
  if (task.status !== 'draft' && task.status !== 'requested') {
    const text = `A new referral Task is draft or requested, not ${String(task.status)}. Create it as requested, then report its progress by updates.`;
    throw new AppError('unprocessable', 'task.start', text, { issues: [{ text, expression: 'Task.status' }], subject });
  }
  if (task.partOf?.length && !byHub) {
    const text = 'The parts of a referral are made by the hub. Send the referral itself, without partOf.';
    throw new AppError('unprocessable', 'task.part-of', text, {
      issues: [{ text, expression: 'Task.partOf' }],
      subject,
    });
  }
}

function refuseRemoval(task: StoredTask | undefined): void {
  if (!task || !isReferralTask(task)) return;
  const text = 'A referral is never deleted. Set its status to entered-in-error, or cancel it.';
  throw new AppError('unprocessable', 'task.kept', text, {
    issues: [{ text, expression: 'Task' }],
    subject: { type: 'Task', id: task.id },
  });
}

/** What was done reaches the referral, whether it is sent before or after the Task that says "completed", and so does what is corrected. */
function outcomeRule(deps: ReferralDeps): WriteRule {
  return {
    types: ['Procedure', 'Observation', 'QuestionnaireResponse', 'DocumentReference', 'DiagnosticReport'],
    settle: async ({ type, before, after }, unit) => {
      if (!after) return;
      // What a client says is taken by the client's own Task.
      const url = after.resourceType === 'QuestionnaireResponse' ? after.questionnaire?.split('|')[0] : undefined;
      if (deps.policies.questionnaires.has(url ?? '')) return;
      if (before) await correctOutcome(unit, deps, before, after);
      else if (ATTACHED.has(type)) await attachOutcome(unit, deps, after);
    },
  };
}

/** What says by `basedOn` for which request it was done. */
const ATTACHED: ReadonlySet<string> = new Set(['Procedure', 'Observation', 'QuestionnaireResponse']);
