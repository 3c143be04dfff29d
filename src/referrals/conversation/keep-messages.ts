import type { Communication, Task } from '@medplum/fhirtypes';
import { idOf } from '../../fhir/references.ts';
import { share } from '../../fhir/sharing/share.ts';
import type { FinishRule } from '../../fhir/store/transact.ts';
import { BY_HUB, type UnitOfWork } from '../../fhir/store/unit-of-work.ts';
import { SYSTEMS } from '../../loops/words.ts';
import { say } from '../../outbox/messages.ts';
import { givable } from '../sharing/givable.ts';
import { loopOf } from '../sharing/sides.ts';
import { shownOf, trimmedFor } from '../sharing/trim-clients.ts';
import { type ReferralDeps, type StoredTask, versionOf } from '../task-changes.ts';
import type { Placed } from './check-message.ts';
import { answerByOf, answeredBy, attachedTo, isWithdrawn, type StoredMessage } from './message.ts';
import { type KnownMessage, knownMessage, messageRows, noteWithdrawn, settleAnswered } from './message-rows.ts';

const toKeep = new WeakMap<UnitOfWork, Map<string, Placed | undefined>>();

/** Notes that a message was said, or (where it is not placed) withdrawn: at its end a transaction keeps what follows. */
export function noteToKeep(unit: UnitOfWork, id: string, place: Placed | undefined): void {
  toKeep.set(unit, (toKeep.get(unit) ?? new Map()).set(id, place));
}

/** Has the hub's people told that there is a message for them; see `mailHubOfMessage`. */
export type TellHub = (
  unit: UnitOfWork,
  message: { readonly loopId: string; readonly taskId: string; readonly messageId: string },
) => Promise<unknown>;

/**
 * What follows from messages, in the transaction that writes them: they are completed, shared with whom they are addressed
 * to, said there, and answer what waited for it.
 * @param tellHub undefined where nobody is told beside the page
 */
export function keepMessages(deps: ReferralDeps, tellHub?: TellHub): FinishRule {
  return async (unit) => {
    const noted = [...(toKeep.get(unit) ?? [])];
    toKeep.delete(unit);
    for (const [id, place] of noted) {
      const message = await unit.lock<Communication>('Communication', id, BY_HUB);
      if (!message) continue;
      if (!place || isWithdrawn(message)) await withdraw(unit, id);
      else {
        await keep(unit, deps, message, place);
        const { task, to } = place;
        if (to === unit.hubOrg) await tellHub?.(unit, { loopId: loopOf(task), taskId: task.id, messageId: id });
      }
    }
  };
}

async function keep(
  unit: UnitOfWork,
  deps: ReferralDeps,
  said: StoredMessage,
  { task, from, to, isNotice }: Placed,
): Promise<void> {
  const message = await unit.put<Communication>(completed(unit, said, { task, from, to }), BY_HUB);
  const loopId = loopOf(task);
  const answerBy = answerByOf(message);
  const row = {
    id: message.id,
    loop_id: loopId,
    task_id: task.id,
    from_org: from,
    to_org: to,
    person_id: unit.caller.personId ?? null,
    in_response_to: answeredBy(message) ?? null,
    said_at: unit.now.toISOString(),
    answer_by: answerBy === undefined ? null : new Date(answerBy).toISOString(),
  };
  unit.add(messageRows, row);
  if (!isNotice) await settleAnswered(unit, row);
  await shareWith(unit, deps, message, { task, from, to });
  sayTo(unit, message.id, { loopId, taskId: task.id, to }, task);
}

/** Who writes, to whom, when, about whom: where it was left out. */
function completed({ now, hubOrg }: UnitOfWork, said: StoredMessage, { task, from, to }: Placed): StoredMessage {
  const identifier = said.identifier ?? (from === hubOrg ? [{ system: SYSTEMS.message, value: said.id }] : undefined);
  return {
    ...said,
    ...(identifier ? { identifier } : {}),
    ...(task.for && !said.subject ? { subject: task.for } : {}),
    sender: said.sender ?? { reference: `Organization/${from}` },
    recipient: said.recipient?.length ? said.recipient : [{ reference: `Organization/${to}` }],
    sent: said.sent ?? now.toISOString(),
  } as StoredMessage;
}

/** Exactly its recipient reads it, and what is attached to it as far as its writer may pass that on: as what is shared with it else. */
async function shareWith(
  unit: UnitOfWork,
  deps: ReferralDeps,
  message: StoredMessage,
  { task, from, to }: Placed,
): Promise<void> {
  const trimmed = await trimmedFor(unit, deps, task, to);
  const about = { organizationId: to, loopId: loopOf(task), taskId: task.id, client: idOf('Patient', task.for) };
  const shown = shownOf('Communication', trimmed);
  share(unit, { ...about, type: 'Communication', id: message.id, reason: 'message', shown });
  const attached = attachedTo(message).map((each) => ({ ...each, reason: 'document' as const }));
  for (const each of await givable(unit, from, attached))
    share(unit, { ...about, ...each, shown: shownOf(each.type, trimmed) });
}

/** Who works here, sees it here. */
function sayTo(
  unit: UnitOfWork,
  messageId: string,
  { loopId, taskId, to }: Pick<KnownMessage, 'loopId' | 'taskId' | 'to'>,
  task: StoredTask,
): void {
  if (to === unit.hubOrg) return;
  say(unit, { kind: 'message', loopId, recipientOrg: to, taskId, taskVersion: versionOf(task), messageId });
}

async function withdraw(unit: UnitOfWork, id: string): Promise<void> {
  const known = await knownMessage(unit, id);
  if (!known) return;
  await noteWithdrawn(unit, known.loopId, id);
  const task = await unit.find<Task>('Task', known.taskId, BY_HUB);
  if (task) sayTo(unit, id, known, task as StoredTask);
}
