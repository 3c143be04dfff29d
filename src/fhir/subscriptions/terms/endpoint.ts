import { type OutboundPolicy, type Problem, problemOf } from '../../../outbound/policy.ts';

/**
 * Why the hub sends no notifications to an address; undefined when it does. Pure.
 * @see https://hl7.org/fhir/uv/subscriptions-backport/STU1.1/channels.html#security-notes
 */
export function whyNotReached(address: string, policy: OutboundPolicy): string | undefined {
  const problem = problemOf(address, policy);
  return problem && SENTENCES[problem];
}

const SENTENCES: Readonly<Record<Problem, string>> = {
  'not-http': 'The endpoint of a rest-hook is an https address. Give one.',
  credentials:
    'The endpoint holds a name or a password. Leave them out, and use channel.header for what lets the hub in.',
  fragment: 'The endpoint holds a fragment (#), which is never sent. Leave it out.',
  'not-encrypted': 'Notifications are sent encrypted only. Give the endpoint as an https address.',
  network:
    'The endpoint is in a network that the hub does not call. Give a public address, or ask the operator of this hub.',
};

/** The one mailbox a `mailto:` address names; undefined when it is none, several, or says more. Pure. */
export function mailboxOf(endpoint: string): string | undefined {
  const mailbox = /^mailto:([^?#\s]{3,254})$/i.exec(endpoint)?.[1];
  return mailbox && MAILBOX.test(mailbox) ? mailbox : undefined;
}

/** Local part and domain as they are written everywhere; no quotes, no comments. @see https://www.rfc-editor.org/rfc/rfc5322#section-3.4.1 */
const MAILBOX = /^[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?$/;
