import type { Task } from '@medplum/fhirtypes';
import { organizationBehind } from '../../directory/directory.ts';
import type { FinishRule } from '../../fhir/store/transact.ts';
import { BY_HUB, type UnitOfWork } from '../../fhir/store/unit-of-work.ts';
import { standingOutputs } from '../../loops/status/outputs.ts';
import { isTerminal, withoutObserved } from '../../loops/words.ts';
import { type MessageKind, noteSaid, say } from '../../outbox/messages.ts';
import { type ReferralDeps, type StoredTask, versionOf } from '../task-changes.ts';

/** Its loops have something that their senders have not heard: ids of `unit.mark`. */
const NEWS_MARK = 'news-for-sender';
/** What they have heard was not so. */
const CORRECTION_MARK = 'correction-for-sender';

/** Has the sender's side told where its referral stands, once all is done that this transaction does. */
export function tellSender(unit: UnitOfWork, { id }: Pick<StoredTask, 'id'>): void {
  unit.mark(NEWS_MARK, id);
}

/** The same of one that has been told how it ended, and must hear that this was not so. */
export function tellCorrection(unit: UnitOfWork, { id }: Pick<StoredTask, 'id'>): void {
  unit.mark(CORRECTION_MARK, id);
}

/** Tells senders where their referrals stand: once for each transaction, for the version holds everything that happened in it. */
export function tellSenders(deps: ReferralDeps): FinishRule {
  return async (unit) => {
    const corrected = new Set(unit.takeMarks(CORRECTION_MARK));
    for (const loopId of new Set([...unit.takeMarks(NEWS_MARK), ...corrected])) {
      const root = await unit.find<Task>('Task', loopId, BY_HUB);
      const isTold = root && (corrected.has(loopId) || !endedUntold(root));
      const sender = isTold && (await organizationBehind(unit, root.requester?.reference));
      if (sender) sayWhere(unit, deps, sender, root);
    }
  };
}

/** Closing when it has ended, status otherwise. */
function sayWhere(unit: UnitOfWork, deps: ReferralDeps, senderOrg: string, root: StoredTask): void {
  const kind: MessageKind = isTerminal(root.status) ? 'closing' : 'status';
  const message = { kind, loopId: root.id, recipientOrg: senderOrg, taskId: root.id, taskVersion: versionOf(root) };
  // The hub's own case managers see it where they asked for it: in the plan and the console.
  if (senderOrg === deps.hubOrg) noteSaid(unit, message);
  else say(unit, message);
}

/** Has the sender told where its referral stands, when that is something it has not heard. */
export function tellSenderIfNews(unit: UnitOfWork, before: StoredTask, root: StoredTask): void {
  if (isNews(before, root)) tellSender(unit, root);
}

/** Completed, but what was done is not here yet: the sender hears of it when it can read it. */
export function endedUntold(root: Task): boolean {
  return root.status === 'completed' && standingOutputs(root).length === 0;
}

/** What a sender waits to hear: status, progress that somebody says, reason, outcome. */
function isNews(before: Task, after: Task): boolean {
  const told = ({ status, businessStatus, statusReason, output }: Task): string =>
    JSON.stringify([status, businessStatus, statusReason, output]);
  return told(withoutObserved(before)) !== told(withoutObserved(after));
}
