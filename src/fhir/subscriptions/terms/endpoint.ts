/** What addresses notifications may be sent to. */
export interface Reach {
  /** Plain http: to nobody, to this machine only, or to everybody. */
  readonly http: 'never' | 'loopback' | 'always';
}

/**
 * Why the hub does not call an address; undefined when it does. Asked when a Subscription is made and again before each
 * call. Which hosts of the hub's own network are out of bounds is decided here too. Pure.
 * @see https://hl7.org/fhir/uv/subscriptions-backport/STU1.1/channels.html#security-notes
 */
export function mayReach(address: string, reach: Reach): string | undefined {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.protocol !== 'https:' && url?.protocol !== 'http:')
    return 'The endpoint of a rest-hook is an https address. Give one.';
  if (url.username || url.password)
    return 'The endpoint holds a name or a password. Leave them out, and use channel.header for what lets the hub in.';
  if (url.hash) return 'The endpoint holds a fragment (#), which is never sent. Leave it out.';
  if (url.protocol === 'https:' || reach.http === 'always') return undefined;
  if (reach.http === 'loopback' && isLoopback(url.hostname)) return undefined;
  return 'Notifications are sent encrypted only. Give the endpoint as an https address.';
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);
}

/** The one mailbox a `mailto:` address names; undefined when it is none, several, or says more. Pure. */
export function mailboxOf(endpoint: string): string | undefined {
  const mailbox = /^mailto:([^?#\s]{3,254})$/i.exec(endpoint)?.[1];
  return mailbox && MAILBOX.test(mailbox) ? mailbox : undefined;
}

/** Local part and domain as they are written everywhere; no quotes, no comments. @see https://www.rfc-editor.org/rfc/rfc5322#section-3.4.1 */
const MAILBOX = /^[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?$/;
