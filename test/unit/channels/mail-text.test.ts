import { describe, expect, test } from '@jest/globals';
import { mailText } from '../../../src/channels/mail-text.ts';
import type { Notification } from '../../../src/channels/notification.ts';
import type { Said } from '../../../src/fhir/subscriptions/notification/status.ts';

const event = (number: number, id: string): Said['events'][number] => ({
  number,
  occurredAt: new Date('2026-03-02T09:00:00Z'),
  subject: { type: 'Task', id, version: 1, interaction: 'update', resource: undefined },
});
const textOf = (fields: Partial<Said>): ReturnType<typeof mailText> => {
  const said = { type: 'event-notification', row: { id: 's' }, content: 'id-only', events: [], base: 'http://hub/R4' };
  return mailText({ said: { ...said, ...fields } } as unknown as Notification);
};

describe('what a mail says', () => {
  test('of events: their numbers, and each address once', () => {
    expect(textOf({ events: [event(3, 'a'), event(4, 'b'), event(5, 'a')] })).toEqual({
      subject: 'News from the hub: events 3 to 5',
      text: 'Events 3 to 5 happened on the hub at http://hub/R4. Sign in there, or ask it with your program, to see what changed.\n\nhttp://hub/R4/Task/a\nhttp://hub/R4/Task/b\n\nSubscription: http://hub/R4/Subscription/s\n',
    });
  });

  test('with an empty payload: no address', () => {
    expect(textOf({ content: 'empty', events: [event(3, 'a')] })).toEqual({
      subject: 'News from the hub: event 3',
      text: 'Event 3 happened on the hub at http://hub/R4. Sign in there, or ask it with your program, to see what changed.\n\nSubscription: http://hub/R4/Subscription/s\n',
    });
  });

  test('to begin with, and when nothing happens', () => {
    expect(textOf({ type: 'handshake' }).subject).toBe('Notifications come to this mailbox');
    expect(textOf({ type: 'heartbeat' }).subject).toBe('The hub is still there');
  });
});
