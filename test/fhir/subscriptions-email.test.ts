import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, Subscription } from '@medplum/fhirtypes';
import { call, done, texts } from '../support/api.ts';
import { eventually } from '../support/eventually.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { type Mail, type MailServer, mailServer } from '../support/mail-server.ts';
import { addPartner, type Partner, sendReferral } from '../support/network.ts';
import {
  eventsOf,
  parameterOf,
  statusOf,
  subscribe,
  subscriptionTo,
  untilStatus,
  type Wish,
} from '../support/subscriber.ts';

/** The attached notification. */
function attached({ raw }: Mail): Bundle {
  const part = raw.split('notification.json').at(-1) ?? '';
  const encoded = part.slice(part.indexOf('\r\n\r\n')).split('\r\n--')[0] ?? '';
  return JSON.parse(Buffer.from(encoded, 'base64').toString()) as Bundle;
}

/** A mail's words, without the line ends that its transport adds. */
function words({ raw }: Mail): string {
  return raw.replaceAll('=\r\n', '');
}

describe('a Subscription by e-mail', () => {
  let hub: TestHub;
  let hospital: Partner;
  let foodBank: Partner;
  let post: MailServer;
  const MAILBOX = 'mailto:desk@foodbank.example';

  beforeAll(async () => {
    post = await mailServer();
    const settings = { SMTP_URL: post.url, MAIL_FROM: 'hub@careloop.example', RETRY_SCHEDULE_MS: '20,20' };
    hub = await startHub('embedded', { workers: true, settings });
    hospital = await addPartner(hub, 'St. Anna Hospital');
    foodBank = await addPartner(hub, 'Food Bank', { category: 'food-insecurity' });
  });
  afterAll(async () => {
    await hub?.close();
    await post?.close();
  });

  const mine = (wish: Wish = {}): Wish => ({ filters: [`Task?owner=Organization/${foodBank.id}`], ...wish });
  const end = (subscription: Subscription & { id: string }): Promise<unknown> =>
    call('DELETE', `${hub.fhir}/Subscription/${subscription.id}`, { token: foodBank.token });

  test('begins with a mail; each event is a mail that names nobody, with the notification attached', async () => {
    const subscription = await subscribe(hub, foodBank, MAILBOX, mine());
    expect(post.mails).toMatchObject([{ from: 'hub@careloop.example', to: ['desk@foodbank.example'] }]);
    await sendReferral(hub, hospital, { family: 'Zyxwvutsrq' });
    await eventually(() => expect(post.mails).toHaveLength(2));
    const mail = post.mails[1] as Mail;
    expect(mail.raw).toContain('Subject: News from the hub: event 1\r\n');
    expect(mail.raw).toContain('Auto-Submitted: auto-generated\r\n');
    const [{ focus } = { focus: '' }] = eventsOf(attached(mail));
    expect(words(mail)).toContain(`Event 1 happened on the hub at ${hub.fhir}.`);
    expect(words(mail)).toContain(focus);
    expect(words(mail)).not.toMatch(/Zyxwvutsrq|Robin/);
    expect(JSON.stringify(attached(mail))).not.toMatch(/Zyxwvutsrq|Robin|"Patient|ServiceRequest/);
    expect(parameterOf(statusOf(attached(mail)), 'type')).toBe('event-notification');
    await end(subscription);
  });

  test('with an empty payload in plain text says only that something happened', async () => {
    const before = post.mails.length;
    const subscription = await subscribe(hub, foodBank, MAILBOX, mine({ content: 'empty', payload: 'text/plain' }));
    await sendReferral(hub, hospital);
    await eventually(() => expect(post.mails).toHaveLength(before + 2));
    const mail = post.mails.at(-1) as Mail;
    expect(words(mail)).toContain('Event 1 happened');
    expect(words(mail)).not.toContain('/Task/');
    expect(mail.raw).not.toContain('attachment');
    await end(subscription);
  });

  test('a mailbox that does not exist is an error; one that is full for now is tried again', async () => {
    post.answers.push(550);
    const body = subscriptionTo(MAILBOX, mine());
    const made = await done<Subscription>(call('POST', `${hub.fhir}/Subscription`, { token: foodBank.token, body }));
    const failed = await untilStatus(hub, foodBank, made.id, 'error');
    expect(failed.error).toContain('the mail server refused the mail (smtp-550)');

    const subscription = await subscribe(hub, foodBank, MAILBOX, mine());
    const before = post.mails.length;
    post.answers.push(452);
    await sendReferral(hub, hospital);
    await eventually(() => expect(post.mails).toHaveLength(before + 1));
    expect(eventsOf(attached(post.mails.at(-1) as Mail)).map(({ number }) => number)).toEqual([1]);
    await end(subscription);
  });

  test.each<[string, Subscription, string]>([
    [
      'whole resources',
      subscriptionTo(MAILBOX, { content: 'full-resource' }),
      'E-mail may be read on the way, so resources are not sent by it. Use empty or id-only.',
    ],
    [
      'a mailbox that brings along more',
      subscriptionTo('mailto:desk@foodbank.example?bcc=other@x.example'),
      'The endpoint of an email channel is one mailto: address.',
    ],
    [
      'several mailboxes',
      subscriptionTo('mailto:a@x.example,b@x.example'),
      'The endpoint of an email channel is one mailto: address.',
    ],
    [
      'headers of its own',
      subscriptionTo(MAILBOX, { header: ['Bcc: other@x.example'] }),
      'An email channel has no headers of yours. Leave them out.',
    ],
  ])('with %s is refused', async (_name, body, text) => {
    const answer = await call('POST', `${hub.fhir}/Subscription`, { token: foodBank.token, body });
    expect([answer.status, texts(answer)]).toEqual([422, [text]]);
  });
});
