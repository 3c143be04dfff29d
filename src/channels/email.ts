import { createTransport, type SendMailOptions } from 'nodemailer';
import { toXml } from '../fhir/xml/to-xml.ts';
import type { SendOutcome } from './channel.ts';
import { mailText } from './mail-text.ts';
import type { MailSettings, Notification, NotificationContext } from './notification.ts';

/**
 * Notifications are sent as mails: what happened in words without personal data, and the Bundle as an attachment where
 * the subscriber asked for FHIR. Taken by the mail server counts as told.
 * @see https://hl7.org/fhir/uv/subscriptions-backport/STU1.1/channels.html#email
 */
export async function email(notification: Notification, context: NotificationContext): Promise<SendOutcome> {
  const { terms, deliveryId, correlationId } = notification;
  const said = { to: terms.endpoint, messageId: deliveryId, correlationId, ...mailText(notification) };
  return sendMail({ ...said, attachments: attachmentsOf(notification) }, context);
}

/** One mail to one mailbox. */
export interface Mail {
  readonly to: string;
  /** The same over every try, so that a mailbox can tell a mail that came twice. */
  readonly messageId: string;
  /** The loop that it is about. */
  readonly correlationId?: string | undefined;
  readonly subject: string;
  readonly text: string;
  readonly attachments?: NonNullable<SendMailOptions['attachments']>;
}

/** Gives a mail to this hub's mail server. Nothing about anybody may stand in it. */
export async function sendMail(
  said: Mail,
  context: Pick<NotificationContext, 'mail' | 'timeoutMs' | 'signal' | 'now'>,
): Promise<SendOutcome> {
  const { mail, timeoutMs, signal } = context;
  if (!mail) return { kind: 'rejected', code: 'no-mail-here' };
  const transport = createTransport({
    ...serverOf(mail.server),
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  try {
    await Promise.race([transport.sendMail(optionsOf(said, mail, context.now)), aborted(signal)]);
    return { kind: 'delivered', code: 'smtp-taken' };
  } catch (thrown) {
    return fromMailError(thrown);
  } finally {
    transport.close();
  }
}

function serverOf(address: string): {
  host: string;
  port: number;
  secure: boolean;
  auth?: { user: string; pass: string };
} {
  const url = new URL(address);
  const secure = url.protocol === 'smtps:';
  const auth = { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) };
  return {
    host: url.hostname,
    port: Number(url.port) || (secure ? 465 : 587),
    secure,
    ...(url.username ? { auth } : {}),
  };
}

function optionsOf({ messageId, correlationId, ...said }: Mail, { from }: MailSettings, now: Date): SendMailOptions {
  return {
    ...said,
    from,
    date: now,
    messageId: `<${messageId}@${from.split('@').at(-1)?.replace('>', '')}>`,
    headers: {
      'Auto-Submitted': 'auto-generated',
      ...(correlationId ? { 'X-Correlation-Id': correlationId } : {}),
    },
  };
}

function attachmentsOf({ terms, bundle }: Notification): NonNullable<SendMailOptions['attachments']> {
  const contentType = terms.mediaType;
  if (terms.format === 'text') return [];
  return terms.format === 'xml'
    ? [{ filename: 'notification.xml', contentType, content: toXml(bundle) }]
    : [{ filename: 'notification.json', contentType, content: JSON.stringify(bundle) }];
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

/** Failures before the mail itself was handed over. */
const BEFORE_SENDING: ReadonlySet<string> = new Set([
  'ECONNECTION',
  'ECONNREFUSED',
  'EDNS',
  'ENOTFOUND',
  'EAUTH',
  'ETLS',
]);

/** What a mail server's answer means: 5yz is a refusal for good, 4yz one for now. @see https://www.rfc-editor.org/rfc/rfc5321#section-4.2.1 */
function fromMailError(thrown: unknown): SendOutcome {
  if (thrown instanceof Error && (thrown.name === 'AbortError' || thrown.name === 'TimeoutError'))
    return { kind: 'unknown', code: 'timeout' };
  const { code, responseCode, command } = thrown as { code?: unknown; responseCode?: unknown; command?: unknown };
  const said = typeof code === 'string' ? code : '';
  // What is wrong between this hub and its own mail server is no refusal by the recipient.
  if (BEFORE_SENDING.has(said) || command === 'CONN') return { kind: 'retry', code: said || 'smtp-unreachable' };
  if (typeof responseCode !== 'number') return { kind: 'unknown', code: said || 'connection-lost' };
  return { kind: responseCode >= 500 ? 'rejected' : 'retry', code: `smtp-${responseCode}` };
}
