import type { Task } from '@medplum/fhirtypes';
import { organizationBehind } from '../../directory/directory.ts';
import type { UnitOfWork } from '../../fhir/store/unit-of-work.ts';
import { standingOutputs } from '../../loops/status/outputs.ts';
import { isTerminal, withoutObserved } from '../../loops/words.ts';
import { type MessageKind, noteSaid, say } from '../../outbox/messages.ts';
import { type ReferralDeps, type StoredTask, versionOf } from '../task-changes.ts';

/**
 * Tells the sender's side where its referral stands: closing when it has ended, status otherwise. One message for each
 * transaction: the version it speaks of holds everything that happened in it.
 */
export function tellSender(unit: UnitOfWork, deps: ReferralDeps, senderOrg: string, root: StoredTask): void {
  const kind: MessageKind = isTerminal(root.status) ? 'closing' : 'status';
  const message = { kind, loopId: root.id, recipientOrg: senderOrg, taskId: root.id, taskVersion: versionOf(root) };
  // The hub's own case managers see it where they asked for it: in the plan and the console.
  if (senderOrg === deps.hubOrg) noteSaid(unit, message);
  else say(unit, message);
}

/** Tells the sender where its referral stands, when that is something it has not heard. */
export async function tellSenderIfNews(
  unit: UnitOfWork,
  deps: ReferralDeps,
  before: StoredTask,
  root: StoredTask,
): Promise<void> {
  if (!isNews(before, root) || endedUntold(root)) return;
  const sender = await organizationBehind(unit, root.requester?.reference);
  if (sender) tellSender(unit, deps, sender, root);
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
