import type { Communication } from '@medplum/fhirtypes';
import { AppError } from '../../errors.ts';
import type { WriteRule } from '../../fhir/store/transact.ts';
import { BY_HUB, type Stored, type UnitOfWork } from '../../fhir/store/unit-of-work.ts';
import { LOOP_MARK, lockLoop } from '../../loops/projection/store.ts';
import { isTerminal } from '../../loops/words.ts';
import { loopOf } from '../sharing/sides.ts';
import { checkAttachments } from './attachments.ts';
import { placed, refused, refuseSecond, requireAnswerable } from './check-message.ts';
import { noteToKeep } from './keep-messages.ts';
import { isSaid, isWithdrawn, recipientsOf, type StoredMessage, saysTheSame } from './message.ts';
import { type KnownMessage, knownMessage, noteRead } from './message-rows.ts';

/**
 * Messages about a referral between those who have a part in it, whichever door they come through. What was said stays as
 * it was read: its writer may withdraw it, and its recipient says when it was received.
 */
export function conversationRule(): WriteRule {
  return {
    types: ['Communication'],
    beforeLock: async (id, unit) => {
      const known = await knownMessage(unit, id);
      if (known) await lockLoop(unit, known.loopId);
    },
    check: async ({ before, after }, unit) => {
      const known = before && (await knownMessage(unit, before.id));
      if (!before || !(known || isOthers(unit, before.id))) return after;
      const [given, said] = [before as StoredMessage, after as StoredMessage];
      // Who is shown a part of it says on the ground of that; what it is not shown stays.
      const whole = (await unit.find<Communication>('Communication', given.id, BY_HUB)) ?? given;
      return known ? changed(unit, known, { given, whole }, said) : told(unit, whole, said);
    },
    settle: async ({ before, after }, unit) => {
      const [was, is] = [before as StoredMessage | undefined, after as StoredMessage | undefined];
      if (!is) return refuseRemoval(unit, was);
      const known = was && (await knownMessage(unit, was.id));
      if (known) await follow(unit, known, was, is);
      // What has been said before and is no message, stays none: a note, or a reminder.
      else if (isSaid(is) && !(was && isSaid(was))) await begin(unit, is);
    },
  };
}

async function begin(unit: UnitOfWork, message: StoredMessage): Promise<void> {
  const place = await placed(unit, message);
  if (!place) return;
  const isSent = await lockLoop(unit, place.task.id);
  // A draft that was withdrawn was never sent: it has no loop, and nobody is there to write to.
  if (!isSent && isTerminal(place.task.status)) return;
  await requireAnswerable(unit, message, place.task);
  await checkAttachments(unit, message);
  await refuseSecond(unit, message);
  noteToKeep(unit, message.id, place);
  unit.mark(LOOP_MARK, loopOf(place.task));
}

/** @throws AppError when something else is said than was */
function changed(
  unit: UnitOfWork,
  known: KnownMessage,
  { given, whole: before }: { readonly given: StoredMessage; readonly whole: StoredMessage },
  after: StoredMessage,
): Stored {
  if (isWithdrawn(after))
    return { ...before, status: after.status, ...(after.meta ? { meta: after.meta } : {}) } as Stored;
  if (!saysTheSame(given, after)) {
    const text =
      'A message that was sent stays as it was read. Write another one, or withdraw this one (status entered-in-error).';
    throw refused(after, 'payload', 'message.said', text);
  }
  const received = before.received ?? receivedBy(unit, known, after);
  const { received: _said, ...kept } = before;
  // Of a part its mark would come along.
  const meta = given === before ? (after.meta ?? before.meta) : before.meta;
  return { ...kept, ...(meta ? { meta } : {}), ...(received ? { received } : {}) } as Stored;
}

/** What another organization wrote is changed by its author alone, but for when it was received: see `isReceipt`. */
function isOthers(unit: UnitOfWork, id: string): boolean {
  return unit.caller.kind === 'client' && unit.authorOf('Communication', id) !== unit.caller.organizationId;
}

/** Of what the hub says by itself, e.g. a reminder, its recipient says when it was received, and nothing else. */
function told(unit: UnitOfWork, before: StoredMessage, after: StoredMessage): Stored {
  const to = recipientsOf(before).find((id) => id === unit.caller.organizationId) ?? '';
  const received = before.received ?? receivedBy(unit, { from: '', to }, after);
  return { ...before, ...(received ? { received } : {}) } as Stored;
}

/** When it was received, its recipient says. @throws AppError (403) where somebody else does who is not its writer */
function receivedBy(
  { caller }: UnitOfWork,
  { from, to }: Pick<KnownMessage, 'from' | 'to'>,
  { id, received }: StoredMessage,
): string | undefined {
  const { organizationId } = caller;
  if (received === undefined || organizationId === to) return received;
  // Who wrote it may send it again as it read it.
  if (organizationId === from) return undefined;
  const text = 'When a message was received, only its recipient says.';
  throw new AppError('forbidden', 'message.not-recipient', text, {
    issues: [{ text, expression: 'Communication.received' }],
    subject: { type: 'Communication', id },
  });
}

async function follow(unit: UnitOfWork, known: KnownMessage, was: StoredMessage, is: StoredMessage): Promise<void> {
  if (isWithdrawn(is) && !known.withdrawn) noteToKeep(unit, is.id, undefined);
  if (is.received !== undefined && was.received === undefined) await noteRead(unit, [is.id]);
  unit.mark(LOOP_MARK, known.loopId);
}

async function refuseRemoval(unit: UnitOfWork, message: StoredMessage | undefined): Promise<void> {
  if (!message || !(await knownMessage(unit, message.id))) return;
  const text = 'A message that was sent is not deleted. Withdraw it: set its status to entered-in-error.';
  const subject = { type: 'Communication', id: message.id };
  throw new AppError('unprocessable', 'message.kept', text, {
    issues: [{ text, expression: 'Communication' }],
    subject,
  });
}
