import type { Task } from '@medplum/fhirtypes';
import { organizationBehind } from '../../directory/directory.ts';
import type { FinishRule } from '../../fhir/store/transact.ts';
import { BY_HUB, type UnitOfWork } from '../../fhir/store/unit-of-work.ts';
import { isTerminal, withoutObserved } from '../../loops/words.ts';
import { type MessageKind, noteSaid, say } from '../../outbox/messages.ts';
import { type ReferralDeps, type StoredTask, versionOf } from '../task-changes.ts';

/** Its loops have something that their senders have not heard: ids of `unit.mark`. */
const NEWS_MARK = 'news-for-sender';

/** Has the sender's side told where its referral stands, once all is done that this transaction does. */
export function tellSender(unit: UnitOfWork, { id }: Pick<StoredTask, 'id'>): void {
  unit.mark(NEWS_MARK, id);
}

/** Tells senders where their referrals stand: once for each transaction, for the version holds everything that happened in it. */
export function tellSenders(deps: ReferralDeps): FinishRule {
  return async (unit) => {
    for (const loopId of unit.takeMarks(NEWS_MARK)) {
      const root = await unit.find<Task>('Task', loopId, BY_HUB);
      const sender = root && !endedUntold(root) && (await organizationBehind(unit, root.requester?.reference));
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
  return root.status === 'completed' && (root.output ?? []).length === 0;
}

/** What a sender waits to hear: status, progress that somebody says, reason, outcome. */
function isNews(before: Task, after: Task): boolean {
  const told = ({ status, businessStatus, statusReason, output }: Task): string =>
    JSON.stringify([status, businessStatus, statusReason, output]);
  return told(withoutObserved(before)) !== told(withoutObserved(after));
}
