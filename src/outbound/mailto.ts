/**
 * The one mailbox that a `mailto:` address names, as a mail is addressed; undefined when it is none, several, or says more
 * (further recipients, headers, escapes). Pure.
 * @see https://www.rfc-editor.org/rfc/rfc6068#section-2
 */
export function mailboxIn(address: string): string | undefined {
  const mailbox = /^mailto:([^?#\s]{3,254})$/i.exec(address)?.[1];
  return mailbox && PLAIN.test(mailbox) ? mailbox : undefined;
}

/** Local part and domain as they are written everywhere; no quotes, no comments. @see https://www.rfc-editor.org/rfc/rfc5322#section-3.4.1 */
const PLAIN = /^[\w.!#$&'*+/=^`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?$/;
