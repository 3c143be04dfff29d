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
