import type { SubscriptionEvent } from '../fhir/subscriptions/events/load-events.ts';
import type { Notification } from './notification.ts';

/** What a mail says in words: numbers and addresses only, nothing about anybody. Pure. */
export function mailText({ said }: Notification): { readonly subject: string; readonly text: string } {
  const { type, base, row, events } = said;
  const subscription = `${base}/Subscription/${row.id}`;
  if (type === 'handshake') {
    const text = `This mailbox was named to receive notifications of the hub at ${base}. From now on they come here.`;
    return { subject: 'Notifications come to this mailbox', text: lines(text, subscription) };
  }
  if (type === 'heartbeat')
    return {
      subject: 'The hub is still there',
      text: lines('Nothing has happened since the last mail.', subscription),
    };
  const [first, last] = [events[0]?.number, events.at(-1)?.number];
  const numbers = first === last ? `Event ${first}` : `Events ${first} to ${last}`;
  const text = `${numbers} happened on the hub at ${base}. Sign in there, or ask it with your program, to see what changed.`;
  return { subject: `News from the hub: ${numbers.toLowerCase()}`, text: lines(text, subscription, addressesOf(said)) };
}

function lines(text: string, subscription: string, addresses: readonly string[] = []): string {
  return [text, '', ...addresses, ...(addresses.length > 0 ? [''] : []), `Subscription: ${subscription}`, ''].join(
    '\n',
  );
}

function addressesOf({ content, events, base }: Notification['said']): string[] {
  if (content === 'empty') return [];
  const subjects = events.flatMap(({ subject }: SubscriptionEvent) => subject ?? []);
  return [...new Set(subjects.map(({ type, id }) => `${base}/${type}/${id}`))];
}
