import type { ServiceRequest } from '@medplum/fhirtypes';
import { mailboxOf } from '../access/mailbox/mailbox.ts';
import { endpointOf } from '../directory/directory.ts';
import { idOf } from '../fhir/references.ts';
import { isRestricted } from '../fhir/sharing/restricted.ts';
import { BY_HUB, type UnitOfWork } from '../fhir/store/unit-of-work.ts';
import type { RungAction } from '../loops/policy/policy.ts';
import { asOutcome, isTerminal, type Result, type SaidOutcome } from '../loops/words.ts';
import { noteSaid, say } from '../outbox/messages.ts';
import { legsOf, nextToAsk, sameOffer } from '../referrals/ask-next.ts';
import { endAsking } from '../referrals/confirmation/end.ts';
import { endReferral } from '../referrals/end-referral.ts';
import { offerLeg } from '../referrals/offer-leg.ts';
import { type ReferralDeps, type StoredTask, versionOf } from '../referrals/task-changes.ts';
import { bringUp } from '../referrals/updates/bring-up.ts';
import { withdrawLeg } from '../referrals/withdraw-leg.ts';
import type { Due } from './due.ts';
import { mailAdministrators, mailOrganization, mailStaff } from './mail.ts';
import { staffOf } from './staff.ts';

export interface ActDeps extends ReferralDeps {
  /** Whether this hub sends e-mail. */
  readonly mails: boolean;
}

/** The Tasks of what is due. */
export interface Concerned {
  readonly root: StoredTask;
  /** The one that is waited for: a leg, or the root. */
  readonly task: StoredTask;
}

type Act = (unit: UnitOfWork, deps: ActDeps, due: Due, concerned: Concerned) => Promise<Result>;

/** What each rung does, in the transaction that records it. What is not possible is recorded as such, and a person must look. */
export const ACTS: Readonly<Record<RungAction, Act>> = {
  remind: async (unit, { mails }, due, { task }) => {
    if (!isElsewhere(unit, due)) return 'not-possible';
    const { loopId, organizationId: recipientOrg, messageId } = due;
    const message = {
      kind: 'reminder',
      loopId,
      recipientOrg,
      taskId: task.id,
      taskVersion: versionOf(task),
      messageId: messageId || undefined,
    } as const;
    // Who works on this hub's server has it there by now; behind a message it has not read it would wait for ever.
    const isTold = (await endpointOf(unit.tx, recipientOrg)) ?? (mails && (await mailboxOf(unit.tx, recipientOrg)));
    if (isTold) say(unit, message);
    else noteSaid(unit, message);
    return 'done';
  },
  'remind-other-channel': async (unit, { mails }, due) => {
    if (!isElsewhere(unit, due)) return 'not-possible';
    const told = mails ? await mailOrganization(unit, due, due.organizationId) : 0;
    return told > 0 ? 'done' : 'no-other-channel';
  },
  worklist: async (unit, deps, due, { root }) => {
    const { readsWorklist } = await staffOf(unit.tx, unit.hubOrg, isRestricted(root));
    return readsWorklist ? 'done' : nobodyIsThere(unit, deps, due);
  },
  supervisor: async (unit, deps, due, { root }) => {
    const { supervises, readsWorklist } = await staffOf(unit.tx, unit.hubOrg, isRestricted(root));
    if (!readsWorklist) return nobodyIsThere(unit, deps, due);
    if (deps.mails) await mailStaff(unit, due, supervises ? 'supervisor' : 'case-manager');
    return supervises ? 'done' : 'others-told';
  },
  'offer-next': offerNext,
  'close-unresponsive': closeUnresponsive,
  'close-unconfirmed': async (unit, _deps, { step }, { task }) => {
    if (step !== 'confirm-with-client') return 'not-possible';
    await endAsking(unit, task, 'unanswered', 'The client gave no answer in time.');
    return 'done';
  },
};

/** Who could give somebody the role is told that nobody has it. */
async function nobodyIsThere(unit: UnitOfWork, { mails }: ActDeps, due: Due): Promise<Result> {
  if (mails) await mailAdministrators(unit, due);
  return 'nobody-of-role';
}

/** Nobody has answered: the referral ends. Where others work on it or have done their part, only this part does. */
async function closeUnresponsive(
  unit: UnitOfWork,
  deps: ActDeps,
  { step }: Due,
  concerned: Concerned,
): Promise<Result> {
  const { root, task } = concerned;
  // A question that nobody answers ends no work.
  if (step === 'answer' || isTerminal(root.status)) return 'not-possible';
  const others = (await legsOf(unit, root.id)).filter(({ id }) => id !== task.id);
  if (task.id !== root.id && others.some(({ status }) => !isTerminal(status) || status === 'completed')) {
    const text = 'No answer came, though the hub asked again.';
    await withdrawLeg(unit, deps, root.id, task, asOutcome({ outcome: 'unresponsive-receiver', text }));
    await bringUp(unit, deps, root);
  } else await endReferral(unit, deps, root, NOBODY_ANSWERED);
  return 'done';
}

const NOBODY_ANSWERED: SaidOutcome = {
  outcome: 'unresponsive-receiver',
  text: 'Nobody answered, though the hub asked again.',
};

/** Whether an organization other than the hub is waited for. */
function isElsewhere(unit: UnitOfWork, due: Due): due is Due & { readonly organizationId: string } {
  return due.organizationId !== null && due.organizationId !== unit.hubOrg && due.waitingOn !== 'case-manager';
}

/**
 * Another organization is asked, and who did not answer is asked no more. Where there is none, it is asked on. Of an open
 * offer the others may still answer: another is asked in the place of the last of them.
 */
async function offerNext(unit: UnitOfWork, deps: ActDeps, { step }: Due, { root, task }: Concerned): Promise<Result> {
  if (step !== 'decide' || task.id === root.id || task.status !== 'requested') return 'not-possible';
  const id = idOf('ServiceRequest', root.focus);
  const request = id ? await unit.find<ServiceRequest>('ServiceRequest', id, BY_HUB) : undefined;
  const next = request && (await nextToAsk(unit, deps, root, request));
  if (!next) return 'nobody-to-ask';
  const isLast = (await sameOffer(unit, task)).length === 0;
  if (isLast) await offerLeg(unit, deps, root, request, next);
  const text = isLast
    ? 'No answer came in time, and another organization is asked.'
    : 'No answer came in time, and others are asked.';
  await withdrawLeg(unit, deps, root.id, task, { text });
  return 'done';
}
