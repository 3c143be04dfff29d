import type { Task } from '@medplum/fhirtypes';
import { mailboxLink, makeLink, opens } from '../access/mailbox/link.ts';
import { type Mailbox, mailboxOf } from '../access/mailbox/mailbox.ts';
import type { SendOutcome } from '../channels/channel.ts';
import { isNotice, type NoticeKind, tellMailbox } from '../channels/mailbox.ts';
import type { Sql } from '../db/database.ts';
import { idOf } from '../fhir/references.ts';
import { changeAsked } from '../loops/words.ts';
import type { DeliverDeps } from './deliver-deps.ts';
import type { Sending } from './may-be-sent.ts';
import type { DeliveryRow, TaskMessage } from './store.ts';

/** A mail that is to be sent in the place of a message. */
export interface MailErrand {
  readonly endpointId: string;
  readonly say: () => Promise<SendOutcome>;
}

/**
 * How an organization is told of a message that has no server and a mailbox: with a link of its own, made as the mail is,
 * where it may answer by it. Undefined: it is not told by mail.
 */
export async function mailErrand(
  tx: Sql,
  deps: DeliverDeps,
  { about, task }: Pick<Sending, 'about' | 'task'>,
  { id, recipientOrg }: Pick<DeliveryRow, 'id' | 'recipientOrg'>,
  now: Date,
): Promise<MailErrand | undefined> {
  const { kind } = about;
  // That it should stop is told of the Task itself, too.
  if (changeAsked(task) === 'abort') return undefined;
  const box = deps.mail && isNotice(kind) ? await mailboxOf(tx, recipientOrg) : undefined;
  if (!box || !isNotice(kind)) return undefined;
  const link = deps.mailboxAnswers ? await linkFor(tx, deps, { about, task, recipientOrg, box }, now) : undefined;
  return { endpointId: box.endpointId, say: () => tell(deps, { deliveryId: id, kind, to: box.address, link }) };
}

interface For {
  readonly about: TaskMessage;
  readonly task: Task;
  readonly recipientOrg: string;
  readonly box: Mailbox;
}

async function linkFor(
  tx: Sql,
  { pages }: DeliverDeps,
  { about, task, recipientOrg: organizationId, box }: For,
  now: Date,
): Promise<string | undefined> {
  // What is asked of work that has begun, is answered where that is.
  const taskId = changeAsked(task) ? (idOf('Task', task.focus) ?? '') : about.taskId;
  const what = { taskId, loopId: about.loopId, organizationId };
  if (!(await opens(tx, what, now))) return undefined;
  return mailboxLink(pages, await makeLink(tx, { ...what, address: box.address }, now));
}

interface Telling {
  readonly deliveryId: string;
  readonly kind: NoticeKind;
  readonly to: string;
  readonly link: string | undefined;
}

function tell({ mail, timeoutMs, store, pages }: DeliverDeps, telling: Telling): Promise<SendOutcome> {
  const context = { mail, timeoutMs, signal: AbortSignal.timeout(timeoutMs), now: store.now() };
  return tellMailbox({ ...telling, pages }, context);
}
