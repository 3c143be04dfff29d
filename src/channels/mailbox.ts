import type { MessageKind } from '../outbox/messages.ts';
import type { SendOutcome } from './channel.ts';
import { sendMail } from './email.ts';
import type { NotificationContext } from './notification.ts';

/** That something waits, for an organization that has only a mailbox. */
export interface MailboxNotice {
  readonly deliveryId: string;
  readonly kind: NoticeKind;
  readonly to: string;
  /** Where it is opened; undefined: there is nothing to open, or only by who signs in. */
  readonly link: string | undefined;
  /** The address people reach this hub at. */
  readonly pages: string;
}

/** What is said to who is asked. How a referral ended its sender reads here: a mail that was taken is no acknowledgement. */
export type NoticeKind = Exclude<MessageKind, 'status' | 'closing'>;

export function isNotice(kind: MessageKind): kind is NoticeKind {
  return kind !== 'status' && kind !== 'closing';
}

/**
 * Tells a mailbox that something waits: which hub, what to do, and a link; nothing of anybody. The same delivery is the same
 * mail over every try, so that a mailbox can tell one that came twice; what it says is read here, and does no harm twice.
 */
export async function tellMailbox(
  { deliveryId, to, kind, link, pages }: MailboxNotice,
  context: Pick<NotificationContext, 'mail' | 'timeoutMs' | 'signal' | 'now'>,
): Promise<SendOutcome> {
  const outcome = await sendMail({ to, messageId: deliveryId, ...noticeText(kind, pages, link) }, context);
  // What the mail speaks of is not in it.
  return outcome.kind === 'delivered' ? { kind: 'delivered', code: 'mailed' } : outcome;
}

const SUBJECTS: Readonly<Record<NoticeKind, string>> = {
  offer: 'A referral waits for your organization',
  reminder: 'A referral still waits for your organization',
  message: 'There is a message about a referral',
  consent: 'Something has changed about a referral',
  cancel: 'A referral is not asked of you any more',
};

/** Without a link there is nothing to open, whoever signs in. */
const NOTHING_TO_DO: ReadonlySet<NoticeKind> = new Set(['cancel', 'consent']);

const SENTENCES: Readonly<Record<NoticeKind, string>> = {
  offer: 'Your organization is asked to help somebody.',
  reminder: 'Your organization is asked to help somebody, and the time for a word about it is over.',
  message: 'Somebody has written to your organization about a referral.',
  consent: 'Something has changed about a referral that your organization was asked.',
  cancel: 'A referral that was asked of your organization was withdrawn, or has ended. You need do nothing more.',
};

/** Mails are read on the way: nothing about anybody stands in it. Pure. */
export function noticeText(
  said: NoticeKind,
  pages: string,
  link: string | undefined,
): { subject: string; text: string } {
  // Who is told to stop goes on until it has answered.
  const kind = said === 'cancel' && link ? 'consent' : said;
  const how = link
    ? ['Open it, and answer, here. You will be sent a code to this mailbox; no account is needed:', '', link]
    : NOTHING_TO_DO.has(kind)
      ? []
      : ['Sign in to see it, or ask the hub with your program:', '', pages];
  const text = [SENTENCES[kind], ...how, '', `This mail comes from the care coordination hub at ${pages}.`, ''];
  return { subject: SUBJECTS[kind], text: text.join('\n') };
}
