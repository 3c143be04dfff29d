import type { Task } from '@medplum/fhirtypes';
import { lockNames } from '../../db/locks.ts';
import { organizationBehind } from '../../directory/directory.ts';
import { AppError, type ErrorKind } from '../../errors.ts';
import { parseLocal } from '../../fhir/references.ts';
import type { UnitOfWork } from '../../fhir/store/unit-of-work.ts';
import { isReferralTask, isTerminal } from '../../loops/words.ts';
import { loopOf } from '../sharing/sides.ts';
import type { StoredTask } from '../task-changes.ts';
import { answerByOf, recipientsOf, type StoredMessage, tasksOf } from './message.ts';
import { othersOn, sidesOf } from './sides.ts';

/** Of a message: about which Task it is, and between whom. */
export interface Placed {
  readonly task: StoredTask;
  readonly from: string;
  readonly to: string;
  /** Said by the hub itself: it answers nobody. */
  readonly isNotice?: true;
}

/**
 * Finds out between whom a message is; undefined: it is none of a conversation, e.g. a note of the hub's own.
 * @throws AppError (422) when its writer may not write so, or not to whom it is addressed
 */
export async function placed(unit: UnitOfWork, message: StoredMessage): Promise<Placed | undefined> {
  const tasks = await referralTasks(unit, message);
  const [task] = tasks;
  if (!task) return undefined;
  const from = unit.caller.organizationId;
  // What people at the hub write down to nobody is for themselves.
  if (from === unit.hubOrg && !message.recipient?.length) return undefined;
  if (tasks.length > 1)
    throw refused(message, 'about', 'message.several', 'A message is about one referral. Write one about each.');
  await requireOwnSender(unit, message);
  const to = await recipientOf(unit, message, task);
  return { task, from, to };
}

/** Those of the Tasks it is about that are referrals, and that its writer may see: others do not exist for it. */
async function referralTasks(unit: UnitOfWork, message: StoredMessage): Promise<StoredTask[]> {
  const found = await Promise.all(tasksOf(message).map((id) => unit.find<Task>('Task', id)));
  return found.filter((task) => task !== undefined && isReferralTask(task) && task.status !== 'draft') as StoredTask[];
}

async function requireOwnSender(unit: UnitOfWork, message: StoredMessage): Promise<void> {
  const local = parseLocal(message.sender?.reference);
  if (!message.sender?.reference || local?.type === 'Practitioner') return;
  if ((await organizationBehind(unit, message.sender.reference)) === unit.caller.organizationId) return;
  const text = `The sender of a message is who writes it: Organization/${unit.caller.organizationId}, or somebody of it. Leave it out, and it is filled in.`;
  throw refused(message, 'sender', 'message.sender', text);
}

async function recipientOf(unit: UnitOfWork, message: StoredMessage, task: StoredTask): Promise<string> {
  const [first, ...others] = othersOn(unit.caller.organizationId, await sidesOf(unit, task));
  const may = first === undefined ? [] : [first, ...others];
  const named = recipientsOf(message);
  const [to = first] = named;
  const stranger = (message.recipient ?? []).some(({ reference }) => !isProfessional(reference));
  if (to !== undefined && named.length <= 1 && may.includes(to) && !stranger) return to;
  const whom = may.map((id) => `Organization/${id}`).join(' or ');
  const text = whom
    ? `A message about this referral goes to one organization: ${whom}.`
    : 'There is nobody to write to about this Task. Write about the part of the referral that an organization was asked for.';
  throw refused(message, 'recipient', 'message.recipient', text);
}

/** The client, and those close to it, have no part in what professionals say to each other about a referral. */
function isProfessional(reference: string | undefined): boolean {
  const type = parseLocal(reference)?.type;
  return type === 'Organization' || type === 'Practitioner' || type === 'PractitionerRole';
}

/** @throws AppError (422) when an answer is needed by a moment that is over, or while nobody waits for anything */
export async function requireAnswerable(unit: UnitOfWork, message: StoredMessage, task: StoredTask): Promise<void> {
  const at = answerByOf(message);
  if (at === undefined) return;
  if (!(new Date(at) > unit.now))
    throw refused(
      message,
      'extension',
      'message.answer-by',
      `It needs an answer by ${at}, which is over. Say a later moment.`,
    );
  const rootId = loopOf(task);
  const root = rootId === task.id ? task : await unit.find<Task>('Task', rootId, { byHub: true });
  if (!isTerminal(task.status) && !isTerminal(root?.status)) return;
  const text =
    'This has ended, and nothing is awaited of it any more. Write without a moment by which an answer is needed.';
  throw refused(message, 'extension', 'message.ended', text);
}

/** The same message is not sent twice. @throws AppError (409) that names the one that is there */
export async function refuseSecond(unit: UnitOfWork, message: StoredMessage): Promise<void> {
  const known = await sameMessage(unit, message);
  if (known === undefined) return;
  const text = `This message is known: Communication/${known} has the same identifier. Read it there; send a new message under a new identifier.`;
  throw refused(message, 'identifier', 'message.known', text, 'duplicate');
}

/** A message of the same writer under the same identifier. */
export async function sameMessage(
  unit: UnitOfWork,
  { id, identifier = [] }: Pick<StoredMessage, 'id' | 'identifier'>,
): Promise<string | undefined> {
  const keys = identifier.map(({ system, value }) => `Communication.identifier=${system ?? ''}|${value ?? ''}`);
  if (keys.length === 0) return undefined;
  const { organizationId } = unit.caller;
  await lockNames(
    unit.tx,
    keys.map((key) => `${organizationId} ${key}`),
  );
  const [known] = await unit.tx.query<{ id: string }>(SAME_SQL, [keys, organizationId, id]);
  return known?.id;
}

export const SAME_SQL = `
  SELECT id FROM resource WHERE type = 'Communication' AND NOT deleted AND tokens && $1::text[] AND author_org = $2
    AND id <> $3 LIMIT 1`;

export function refused(
  { id }: Pick<StoredMessage, 'id'>,
  element: string,
  code: string,
  text: string,
  kind: ErrorKind = 'unprocessable',
): AppError {
  const issue = { text, expression: `Communication.${element}` };
  return new AppError(kind, code, text, {
    issues: [kind === 'duplicate' ? { ...issue, code: 'duplicate' } : issue],
    subject: { type: 'Communication', id },
  });
}
