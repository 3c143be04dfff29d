import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Communication, Organization, Task } from '@medplum/fhirtypes';
import type { LoopSummary } from '../../../src/loops/api.ts';
import { relabelling } from '../../access/network/relabelling.ts';
import type { Browser } from '../../access/people/browser.ts';
import { join, setUp } from '../../access/people/people-hub.ts';
import { call, done } from '../../support/api.ts';
import { createClock } from '../../support/clock.ts';
import { consentOf, label, toOrganization } from '../../support/consents.ts';
import { databaseKinds } from '../../support/database.ts';
import { eventually } from '../../support/eventually.ts';
import { closeHealthy } from '../../support/healthy.ts';
import { startHub, type TestHub } from '../../support/hub.ts';
import { type MailServer, mailServer } from '../../support/mail-server.ts';
import { addPartner, type Partner, sendReferral } from '../../support/network.ts';
import { type Hook, openHook } from '../../support/subscriber.ts';
import { BY_HAND, settled } from '../../workers/late-loops.ts';
import { legNetwork } from '../legs/leg-network.ts';
import { answering, talk, text } from './talk.ts';

const MONDAY = '2026-03-02T09:00:00.000Z';
const LETTER = {
  title: 'letter.pdf',
  contentType: 'application/pdf',
  data: Buffer.from('%PDF-1.7').toString('base64'),
};

describe('what is said about a referral', () => {
  const clock = createClock(MONDAY);
  let hub: TestHub;
  let mailbox: MailServer;
  let server: Hook;
  let [hospital, pantry, clinic]: Partner[] = [];
  let [kim, ann, hal]: Browser[] = [];
  const { loop, post: byHand, legOf } = legNetwork(() => hub);
  const { write, page, message, posted, read, status, heard } = talk(() => hub);
  const as = <T>(each: T | undefined): T => each as T;

  beforeAll(async () => {
    [mailbox, server] = [await mailServer(), await openHook()];
    const settings = {
      ...BY_HAND,
      PASSWORD_COST: '14',
      SMTP_URL: mailbox.url,
      MAIL_FROM: 'hub@hub.example',
      RETRY_SCHEDULE_MS: '1,1,1',
    };
    hub = await startHub(databaseKinds().at(-1) ?? 'embedded', { workers: true, now: clock.now, settings });
    await setUp(hub, ['administrator']);
    hospital = await addPartner(hub, 'St. Anna Hospital');
    pantry = await addPartner(hub, 'A Pantry', { category: 'food-insecurity' });
    clinic = await addPartner(hub, 'B Clinic', { address: server.url });
    kim = await join(hub, 'kim@hub.example', ['case-manager']);
    ann = await join(hub, 'ann@pantry.example', ['agency-worker'], { organizationId: pantry.id });
    hal = await join(hub, 'hal@hospital.example', ['hospital-viewer'], { organizationId: hospital.id });
  });
  afterAll(async () => {
    await closeHealthy(hub);
    await mailbox?.close();
    await server?.close();
  });

  const send = async (): Promise<{ id: string; leg: string }> => {
    const id = await sendReferral(hub, as(hospital), { family: 'Okonkwo' });
    await settled(hub.deps);
    return { id, leg: (await legOf(id, as(pantry))).id };
  };

  test('to an agency that works here: told by mail without a word of it, fetched, read, and answered; by nobody else', async () => {
    const { id, leg } = await send();
    mailbox.mails.splice(0);
    const question = await write(as(kim), id, { text: 'Is there a ramp for her wheelchair?', to: as(pantry).id });
    await settled(hub.deps);
    expect(await message(as(kim), id, question)).toMatchObject({
      by: 'kim Somebody',
      to: { name: 'A Pantry' },
      stage: 'available',
      unread: false,
    });
    // Who looks into the mail on its way learns nothing of it.
    const mails = await eventually(() => {
      expect(mailbox.mails.flatMap(({ to }) => to)).toEqual(['ann@pantry.example']);
      return mailbox.mails.map(({ raw }) => raw.replaceAll('=\r\n', '')).join('');
    });
    expect(mails).toContain('Subject: There is a message about a referral');
    expect(mails).toContain(`${hub.url}/loops/${id}`);
    expect(mails).not.toMatch(/ramp|Okonkwo|Robin|St\. Anna/);

    // Its program finds it: it has arrived; somebody opens it: it is read, which its writer sees.
    expect((await heard(as(pantry), leg)).map((each) => each.id)).toEqual([question]);
    expect(await message(as(kim), id, question)).toMatchObject({ stage: 'delivered' });
    expect((await as(ann).send<{ read: number }>('POST', `/api/loops/${id}/messages/read`, {})).body).toEqual({
      read: 1,
    });
    expect(await message(as(kim), id, question)).toMatchObject({ stage: 'read', stageAt: clock.now().toISOString() });
    expect(await message(as(ann), id, question)).toMatchObject({ readers: [{ name: 'ann Somebody' }], unread: false });
    expect((await read(question)).received).toBe(clock.now().toISOString());

    const answer = await posted(as(pantry), leg, { ...answering(question), ...text('Yes, at the back door.') });
    expect(await read(answer.id)).toMatchObject({
      sender: { reference: `Organization/${pantry?.id}` },
      recipient: [{ reference: 'Organization/careloop' }],
      sent: clock.now().toISOString(),
    });
    expect(await loop(id)).toMatchObject({ unread: 1 });
    expect(await page(as(kim), id)).toMatchObject({
      unread: 1,
      messages: [
        { id: answer.id, text: 'Yes, at the back door.', inResponseTo: question, unread: true },
        { id: question },
      ],
    });
    // The hospital, and other agencies, do not know of it.
    for (const partner of [hospital, clinic]) {
      expect(await heard(as(partner), leg)).toEqual([]);
      expect(await status(`Communication/${answer.id}`, as(partner))).toBe(404);
    }
    expect((await page(as(hal), id)).messages).toEqual([]);
    await as(kim).send('POST', `/api/loops/${id}/messages/read`, {});
    expect((await read(answer.id, pantry)).received).toBe(clock.now().toISOString());
    expect(await loop(id)).toMatchObject({ unread: 0 });
  });

  test('to an agency that has a server: written there once, with what is attached to be read here; answered under its identifier', async () => {
    const { id } = await send();
    await byHand(id, 'offers', { organizationId: clinic?.id });
    const leg = (await legOf(id, as(clinic))).id;
    await settled(hub.deps);
    server.answers.push(503);
    const before = server.seen.length;
    const question = await write(as(kim), id, {
      text: 'Please see the letter.',
      to: clinic?.id,
      attachments: [LETTER],
    });
    const told = await eventually(() => {
      clock.advance(1);
      expect(server.seen.slice(before)).toHaveLength(2);
      return server.seen.slice(before);
    });
    expect(new Set(told.map(({ headers }) => headers['if-none-exist']))).toEqual(
      new Set([`identifier=${encodeURIComponent(`https://careloop.dev/fhir/NamingSystem/message|${question}`)}`]),
    );
    const copy = JSON.parse(told[1]?.text ?? '') as Communication;
    const url = copy.payload?.[1]?.contentAttachment?.url ?? '';
    expect(copy).toMatchObject({
      about: [{ reference: `${hub.fhir}/Task/${leg}` }],
      sender: { reference: `${hub.fhir}/Organization/careloop` },
      payload: [{ contentString: 'Please see the letter.' }, { contentAttachment: { title: 'letter.pdf', size: 8 } }],
    });
    await settled(hub.deps);
    expect(await message(as(kim), id, question)).toMatchObject({ stage: 'delivered' });

    // The two sides of it read the letter, and nobody else.
    const letter = await fetch(url, { headers: { authorization: `Bearer ${clinic?.token}` } });
    expect([letter.headers.get('content-disposition'), await letter.text()]).toEqual(['attachment', '%PDF-1.7']);
    const binary = url.slice(hub.fhir.length + 1);
    for (const partner of [hospital, pantry]) expect(await status(binary, as(partner))).toBe(404);

    // It has been read there.
    await done(
      call('PATCH', `${hub.fhir}/Communication/${question}`, {
        token: clinic?.token,
        headers: { 'content-type': 'application/json-patch+json' },
        body: [{ op: 'add', path: '/received', value: '2026-03-02T10:00:00Z' }],
      }),
    );
    expect(await message(as(kim), id, question)).toMatchObject({ stage: 'read' });
    const answer = await posted(as(clinic), leg, {
      inResponseTo: [{ identifier: { system: 'https://careloop.dev/fhir/NamingSystem/message', value: question } }],
      ...text('We have it.'),
    });
    expect(await message(as(kim), id, answer.id)).toMatchObject({ inResponseTo: question, unread: true });

    // What was a mistake is withdrawn there, too.
    const withdrawn = { ...(await read(question)), status: 'entered-in-error' };
    await as(kim).send('PUT', `/fhir/R4/Communication/${question}`, withdrawn);
    await settled(hub.deps);
    const last = JSON.parse(server.seen.at(-1)?.text ?? '') as Communication;
    expect([last.status, last.payload]).toEqual(['entered-in-error', undefined]);
    expect(await message(as(kim), id, question)).toMatchObject({ withdrawn: true, text: null, attachments: [] });
  });

  test('between the sender and the hub: agencies learn nothing of it', async () => {
    const { id, leg } = await send();
    const asked = await posted(as(hospital), id, text('She goes home on Friday. Does it go on?'));
    expect(await message(as(kim), id, asked.id)).toMatchObject({
      from: { name: 'St. Anna Hospital' },
      by: null,
      unread: true,
    });
    const answer = await write(as(kim), id, { text: 'It does.', to: hospital?.id, inResponseTo: asked.id });
    expect((await page(as(hal), id)).messages.map((each) => [each.text, each.by])).toEqual([
      ['It does.', 'kim Somebody'],
      ['She goes home on Friday. Does it go on?', null],
    ]);
    expect((await page(as(ann), id)).messages).toEqual([]);
    expect(await status(`Communication/${answer}`, as(pantry))).toBe(404);
    // Nor does the sender of what is said with the agency; it writes about the referral itself.
    expect((await page(as(hal), id)).addressees.map(({ organization }) => organization.id)).toEqual(['careloop']);
    expect((await page(as(kim), id)).addressees.map(({ organization, taskId }) => [organization.name, taskId])).toEqual(
      [
        ['A Pantry', leg],
        ['St. Anna Hospital', id],
      ],
    );
    expect(await write(as(hal), id, { text: 'Thank you.' })).toBeDefined();
    // Each sees in the timeline what was said to or by it.
    const told = async (by: Browser): Promise<string[]> => {
      const { body } = await by.send<Awaited<ReturnType<typeof loop>>>('GET', `/api/loops/${id}`);
      return body.timeline.flatMap((entry) => (entry.kind === 'message' ? [entry.from.name] : []));
    };
    expect(await told(as(kim))).toEqual(['St. Anna Hospital', 'Careloop coordination hub', 'St. Anna Hospital']);
    expect(await told(as(hal))).toEqual(['St. Anna Hospital', 'Careloop coordination hub', 'St. Anna Hospital']);
    expect(await told(as(ann))).toEqual([]);
  });

  test('to the hub: its loops are listed while somebody has not read it, and its mailbox is told once', async () => {
    const { id, leg } = await send();
    const other = await send();
    const unread = async (query: string, by: Browser | undefined = kim): Promise<unknown[]> =>
      (await as(by).send<{ loops: LoopSummary[] }>('GET', `/api/loops?${query}`)).body.loops
        .filter((each) => [id, other.id].includes(each.id))
        .map((each) => [each.id, each.unread]);
    mailbox.mails.splice(0);
    await posted(as(pantry), leg, text('Which day is best?'));
    expect(await unread('unread=true')).toEqual([[id, 1]]);
    expect(await unread('unread=false')).toEqual([[other.id, 0]]);
    const hubItself = `${hub.fhir}/Organization/careloop`;
    const organization = await done<Organization>(call('GET', hubItself));
    const telecom = [{ system: 'email', value: 'desk@hub.example' }];
    await done(call('PUT', hubItself, { body: { ...organization, telecom } }));
    await as(kim).send('POST', `/api/loops/${id}/messages/read`, {});
    await posted(as(pantry), leg, text('Does Okonkwo drive?'));
    await posted(as(pantry), leg, text('And who calls her?'));
    await posted(as(hospital), other.id, text('She has moved.'));
    const told = async (count: number): Promise<string[]> =>
      eventually(() => {
        const texts = mailbox.mails.map(({ raw }) => raw.replaceAll('=\r\n', ''));
        expect([mailbox.mails.flatMap(({ to }) => to), texts.length]).toEqual([
          texts.map(() => 'desk@hub.example'),
          count,
        ]);
        return texts;
      });
    const mails = (await told(2)).join('');
    for (const each of [id, other.id]) expect(mails).toContain(`${hub.url}/loops/${each}`);
    expect(mails).not.toMatch(/drive|moved|Okonkwo|Robin|Pantry|St\. Anna/);
    // What was read meanwhile is told of no more, and what comes then is.
    expect(await unread('unread=true')).toEqual(
      expect.arrayContaining([
        [id, 2],
        [other.id, 1],
      ]),
    );
    await as(kim).send('POST', `/api/loops/${id}/messages/read`, {});
    await posted(as(pantry), leg, text('Thank you.'));
    await told(3);
    // Others have not read what is theirs, and nothing of this.
    expect(await unread('unread=true', ann)).toEqual([]);
    await done(call('PUT', hubItself, { body: organization }));
  });

  test('of which the client does not permit that it is told: it waits, nothing leaves, and it goes out when that is permitted', async () => {
    const { id, leg } = await send();
    const task = await done<Task>(call('GET', `${hub.fhir}/Task/${leg}`));
    const patient = task.for?.reference ?? '';
    expect(
      (await as(kim).send('POST', `/fhir/R4/${task.focus?.reference}/$meta-add`, relabelling(label('HIV')))).status,
    ).toBe(200);
    const told = await write(as(kim), id, { text: 'Her medicine must be kept cool.', to: pantry?.id });
    await eventually(async () =>
      expect(await message(as(kim), id, told)).toMatchObject({ stage: 'waits-for-consent', stageAt: null }),
    );
    expect(await status(`Communication/${told}`, as(pantry))).toBe(404);
    // Mails about other referrals may still come.
    const here = mailbox.mails.filter(({ raw }) => raw.replaceAll('=\r\n', '').includes(`/loops/${id}`));
    expect(here.filter(({ raw }) => raw.includes('There is a message'))).toEqual([]);
    const permits = consentOf(patient, {
      type: 'permit',
      actor: toOrganization(as(pantry).id),
      securityLabel: [label('HIV')],
    });
    await done(call('POST', `${hub.fhir}/Consent`, { token: hospital?.token, body: permits }));
    await eventually(async () => expect(await message(as(kim), id, told)).toMatchObject({ stage: 'available' }));
    expect(await status(`Communication/${told}`, as(pantry))).toBe(200);
  });

  test('of a referral that was addressed to an agency directly: its sender and the agency write to each other', async () => {
    const id = await sendReferral(hub, as(hospital), { owner: `Organization/${pantry?.id}` });
    const asked = await posted(as(pantry), id, text('Which floor?'));
    expect(await read(asked.id, hospital)).toMatchObject({
      recipient: [{ reference: `Organization/${hospital?.id}` }],
    });
    const answer = await write(as(hal), id, { text: 'The third.', to: pantry?.id });
    expect(await message(as(ann), id, answer)).toMatchObject({ text: 'The third.', unread: true });
    // The hub's people look on, and are not written to.
    expect(await page(as(kim), id)).toMatchObject({ unread: 0, messages: [{ id: answer }, { id: asked.id }] });
  });
});
