import { describe, expect, test } from '@jest/globals';
import type { Consent, Procedure } from '@medplum/fhirtypes';
import { linkOf } from '../../../src/access/mailbox/link.ts';
import { readVisit } from '../../../src/access/mailbox/visit.ts';
import { noticeText } from '../../../src/channels/mailbox.ts';
import { mailErrand } from '../../../src/deliveries/mailbox-errand.ts';
import type { LoopDetail } from '../../../src/loops/api.ts';
import type { MailboxReferral } from '../../../src/referrals/mailbox/api.ts';
import type { Browser } from '../../access/people/browser.ts';
import { call, done, texts } from '../../support/api.ts';
import { consentOf, label, toOrganization } from '../../support/consents.ts';
import { eventually } from '../../support/eventually.ts';
import { linkIn, textIn } from '../../support/read-mail.ts';
import { fire } from '../../workers/late-loops.ts';
import { MONDAY, mailboxNetwork } from './mailbox-network.ts';

describe('an agency that has only a mailbox', () => {
  const { parts, clock, loop, legOf, put, read, sent, asked, opened, mailed, stranger, post } = mailboxNetwork();

  const referral = async (by: Browser): Promise<MailboxReferral> =>
    (await by.send<MailboxReferral>('GET', '/api/mailbox')).body;
  const answer = (by: Browser, body: object) => by.send('POST', '/api/mailbox/answer', body);
  const steps = async (id: string): Promise<unknown[]> =>
    (await loop(id)).timeline.flatMap((entry) =>
      entry.kind === 'status' && entry.source === 'mailbox' ? [[entry.to, entry.by, entry.reason]] : [],
    );

  test('is told that somebody is to be helped, and of nobody; looking at the link changes nothing', async () => {
    const { id, link } = await asked();
    const [{ raw = '' } = {}] = parts.mails.mails;
    expect(raw).toContain('Subject: A referral waits for your organization');
    expect(raw).not.toMatch(/Robin|Tester|food|Anna|Harvest Food/);
    // What scans mails follows links: it is given a page, or nothing, and the token is never sent.
    for (const method of ['GET', 'HEAD']) await fetch(`${parts.hub.url}/answer`, { method });
    for (const path of ['code', 'open']) {
      const { status } = await stranger().send('GET', `/api/mailbox/${path}?link=${link}`);
      expect(status).toBe(401);
    }
    await mailed('A referral waits');
    expect(parts.mails.mails).toHaveLength(1);
    const { legs, timeline } = await loop(id);
    expect(legs).toMatchObject([{ status: 'requested', progress: 'delivered' }]);
    expect(timeline.find(({ kind }) => kind === 'delivery')).toMatchObject({ message: 'offer', status: 'delivered' });
  });

  test('opens it by a code, reads what it is shown, and has seen it then', async () => {
    const { id, link } = await asked();
    const browser = await opened(link);
    expect(await referral(browser)).toMatchObject({
      name: 'Kim Frontdesk',
      organization: { id: parts.agency.id, name: 'Harvest Food Bank' },
      status: 'requested',
      next: ['accepted', 'rejected', 'in-progress', 'completed'],
      service: 'Help with a food pantry application',
      client: { name: 'Robin Tester' },
      contactProhibited: false,
      notices: [],
    });
    expect((await loop(id)).legs).toMatchObject([{ progress: 'seen' }]);
    const entries = await parts.hub.deps.db.query<{ interaction: string; patient: boolean }>(
      `SELECT interaction, patient IS NOT NULL AS patient FROM audit
       WHERE person_roles = 'mailbox' AND organization_id = $1 AND recorded_at >= $2 ORDER BY id`,
      [parts.agency.id, clock.now()],
    );
    expect(entries).toEqual([
      { interaction: 'sign-in', patient: false },
      { interaction: 'operation', patient: true },
    ]);
  });

  test('reads how the client is reached and what is said of the request, and what law says of it', async () => {
    const { link } = await asked((patient, request) => {
      patient.birthDate = '1950-02-03';
      patient.telecom = [{ system: 'phone', value: '+1 555 0100' }];
      patient.address = [{ line: ['1 Main St'], city: 'Springfield', postalCode: '01101' }];
      patient.communication = [{ language: { text: 'Spanish' } }];
      request.note = [{ text: 'Cannot climb stairs' }];
      request.orderDetail = [{ coding: [{ code: 'contacting-subject-prohibited' }] }];
    });
    const shown = await referral(await opened(link));
    expect(shown).toMatchObject({
      client: {
        birthDate: '1950-02-03',
        contacts: [{ kind: 'phone', text: '+1 555 0100' }],
        address: ['1 Main St, 01101 Springfield'],
        language: 'Spanish',
      },
      details: expect.arrayContaining(['Cannot climb stairs']),
    });
  });

  test('is given no link to what its client has not consented to, and opens it when that is there', async () => {
    const { id, patient } = await sent((_patient, request) => {
      request.meta = { security: [label('42CFRPart2')] };
    });
    await eventually(async () => expect((await loop(id)).nextStep?.step).toBe('obtain-consent'));
    expect(parts.mails.mails).toEqual([]);
    const permit = {
      type: 'permit' as const,
      actor: toOrganization(parts.agency.id),
      securityLabel: [label('42CFRPart2')],
    };
    const by = { token: parts.hospital.token };
    const consent = await done<Consent>(
      call('POST', `${parts.hub.fhir}/Consent`, { ...by, body: consentOf(patient, permit) }),
    );
    const link = linkIn(await mailed('A referral waits'));
    const browser = await opened(link);
    expect(await referral(browser)).toMatchObject({
      client: { name: 'Robin Tester' },
      notices: ['42 CFR part 2 prohibits unauthorized use or disclosure of these records.'],
    });
    const withdrawn = { ...consent, status: 'inactive' };
    await done(call('PUT', `${parts.hub.fhir}/Consent/${consent.id}`, { ...by, body: withdrawn }));
    expect((await browser.send('GET', '/api/mailbox')).status).toBe(401);
    expect((await stranger().send('POST', '/api/mailbox/code', { link })).status).toBe(403);
  });

  test('accepts, begins, waits and completes: its sender reads what was done, and the timeline who said so', async () => {
    const { id, link } = await asked();
    const browser = await opened(link);
    for (const body of [
      { status: 'accepted' },
      { status: 'in-progress' },
      { status: 'on-hold', text: 'The pantry opens on Friday', until: '2026-03-06' },
      { status: 'in-progress' },
    ])
      expect([body.status, (await answer(browser, body)).status]).toEqual([body.status, 204]);
    expect(
      (await answer(browser, { status: 'completed', outcome: 'services-provided', text: 'Two boxes' })).status,
    ).toBe(204);
    const root = await read(id, parts.hospital);
    expect(root).toMatchObject({ status: 'completed', output: [{ valueReference: { display: 'Two boxes' } }] });
    const reference = root.output?.[0]?.valueReference?.reference ?? '';
    const procedure = await call<Procedure>('GET', `${parts.hub.fhir}/${reference}`, { token: parts.hospital.token });
    expect(procedure.body).toMatchObject({ code: { text: 'Two boxes' }, status: 'completed' });
    const name = 'Kim Frontdesk';
    expect(await steps(id)).toEqual([
      ['accepted', name, null],
      ['in-progress', name, null],
      ['on-hold', name, 'The pantry opens on Friday'],
      ['in-progress', name, null],
      ['completed', name, null],
    ]);
    // It comes again with the old link, and sees how it stands; after a week no more.
    expect(await referral(await opened(link))).toMatchObject({ status: 'completed', next: [] });
    clock.advance(7 * 86_400_000);
    const late = await stranger().send('POST', '/api/mailbox/code', { link });
    expect([late.status, texts(late as never)[0]]).toEqual([
      403,
      'This link is not good, or no more: what it opened may have been withdrawn, or ended some days ago. There is nothing left to do with it.',
    ]);
    clock.set(MONDAY);
  });

  test('says that it did a part of it, and what remains', async () => {
    const { id, link } = await asked();
    const browser = await opened(link);
    const said = { status: 'completed', outcome: 'partially-provided', text: 'One box', remains: 'A fridge' };
    expect((await answer(browser, said)).status).toBe(204);
    const { outcome } = await loop(id);
    expect(outcome).toEqual({ code: 'partially-provided', text: 'One box', remains: 'A fridge' });
  });

  test('declines with a reason, and is shown nothing of the client any more', async () => {
    const { id, link } = await asked();
    const browser = await opened(link);
    const silent = await answer(browser, { status: 'rejected', why: 'no-capacity', text: ' ' });
    expect([silent.status, texts(silent as never)[0]]).toEqual([400, 'Say it in words.']);
    expect((await answer(browser, { status: 'rejected', why: 'no-capacity', text: 'No boxes left' })).status).toBe(204);
    const leg = await legOf(id, parts.agency);
    expect(leg.statusReason?.coding?.[0]?.code).toBe('no-capacity');
    expect(await referral(browser)).toMatchObject({
      status: 'rejected',
      next: [],
      client: null,
      service: '',
      reason: 'No boxes left',
    });
  });

  test('says that it could not be done, and nothing that is not its turn', async () => {
    const { id, link } = await asked();
    const browser = await opened(link);
    const early = await answer(browser, { status: 'on-hold', text: 'Not yet' });
    expect([early.status, texts(early as never)[0]]).toEqual([
      422,
      'The Task is requested and cannot become on-hold. The step does not exist. From requested the owner may go to: accepted, rejected, in-progress, completed, cancelled.',
    ]);
    await answer(browser, { status: 'accepted' });
    expect(
      (await answer(browser, { status: 'failed', why: 'client-unreachable', text: 'Nobody answers' })).status,
    ).toBe(204);
    expect((await legOf(id, parts.agency)).status).toBe('failed');
  });

  test('is asked to stop what it has begun: it goes on and says why, and stops when it is asked again', async () => {
    const { id, link } = await asked();
    const browser = await opened(link);
    await answer(browser, { status: 'in-progress' });
    const stop = async (why: string): Promise<void> => {
      parts.mails.mails.splice(0);
      const root = await read(id, parts.hospital);
      const change = { status: 'cancelled', statusReason: { text: why } } as const;
      await done(put({ ...root, ...change }, parts.hospital));
      expect(linkIn(await mailed('Something has changed about a referral'))).not.toBe('');
    };
    await stop('She is in hospital');
    expect(await referral(browser)).toMatchObject({
      status: 'in-progress',
      asks: [{ change: 'abort', why: 'She is in hospital' }],
    });
    expect((await answer(browser, { status: 'refuses', text: 'The boxes are on their way' })).status).toBe(204);
    expect(await referral(browser)).toMatchObject({ status: 'in-progress', asks: [] });
    const nothing = await answer(browser, { status: 'agrees' });
    expect(texts(nothing as never)).toEqual([
      'Nothing is asked of work that has begun, or not any more. Read it again.',
    ]);
    await stop('She has moved');
    expect((await answer(browser, { status: 'agrees' })).status).toBe(204);
    expect(await referral(browser)).toMatchObject({ status: 'cancelled', next: [] });
    expect((await read(id, parts.hospital)).status).toBe('cancelled');
  });

  test('is asked to wait with what it has begun, by a link to that, and waits', async () => {
    const { id, link } = await asked();
    const browser = await opened(link);
    await answer(browser, { status: 'in-progress' });
    parts.mails.mails.splice(0);
    const code = { coding: [{ system: 'http://hl7.org/fhir/CodeSystem/task-code', code: 'suspend' }] };
    const why = { focus: { reference: `Task/${id}` }, reasonCode: { text: 'In hospital again' } };
    const body = { resourceType: 'Task', status: 'requested', intent: 'order', code, ...why };
    await done(call('POST', `${parts.hub.fhir}/Task`, { token: parts.hospital.token, body }));
    const another = await opened(linkIn(await mailed('Something has changed about a referral')), 'Sam Volunteer');
    expect(await referral(another)).toMatchObject({ asks: [{ change: 'suspend', why: 'In hospital again' }] });
    expect((await answer(another, { status: 'agrees' })).status).toBe(204);
    expect(await referral(another)).toMatchObject({ status: 'on-hold', asks: [] });
  });

  test('reads what is written to it and answers; each message is told by a mail that says that there is one', async () => {
    const { id, link } = await asked();
    const browser = await opened(link);
    await referral(browser);
    parts.mails.mails.splice(0);
    const { body } = await post<{ id: string }>(id, 'messages', { text: 'Does she need a lift?', to: parts.agency.id });
    const mail = await mailed('There is a message about a referral');
    expect(mail).not.toMatch(/lift/);
    const listed = await browser.send<{ messages: object[] }>('GET', '/api/mailbox/messages');
    expect(listed.body.messages).toMatchObject([{ id: body.id, text: 'Does she need a lift?', unread: true }]);
    expect((await browser.send('POST', '/api/mailbox/messages/read', {})).body).toEqual({ read: 1 });
    const said = { text: 'Yes, on Friday', inResponseTo: body.id, key: 'one-of-mine' };
    expect((await browser.send('POST', '/api/mailbox/messages', said)).status).toBe(201);
    expect((await browser.send('POST', '/api/mailbox/messages', said)).status).toBe(200);
    const { body: seen } = await call<{ messages: { text: string; by: string; stage: string }[] }>(
      'GET',
      `${parts.hub.url}/api/loops/${id}/messages`,
    );
    expect(seen.messages).toMatchObject([
      { text: 'Yes, on Friday', by: 'Kim Frontdesk' },
      { text: 'Does she need a lift?', stage: 'read' },
    ]);
    expect(((await loop(id)) as LoopDetail).timeline.filter(({ kind }) => kind === 'message')).toHaveLength(2);
  });

  test('where the hub takes no answers by mailbox, mails have no link, and those that are there open nothing', async () => {
    const { link } = await asked();
    const browser = await opened(link);
    const { deps } = parts.hub;
    const off = { ...deps, mailboxAnswers: false };
    expect(await readVisit(deps, browser.cookie() ?? '', clock.now())).toMatchObject({ name: 'Kim Frontdesk' });
    expect(await readVisit(off, browser.cookie() ?? '', clock.now())).toBeUndefined();
    const { taskId, loopId } = await linkOf(deps.db, link, clock.now());
    const task = await legOf(loopId, parts.agency);
    const about = { about: { kind: 'offer', taskId, loopId, taskVersion: 1 }, task } as const;
    const row = { id: 'x', recipientOrg: parts.agency.id };
    const links = (): Promise<unknown[]> => deps.db.query('SELECT 1 FROM mailbox_link');
    const before = (await links()).length;
    await mailErrand(deps.db, { ...deps.delivering, mailboxAnswers: false }, about, row, clock.now());
    expect(await links()).toHaveLength(before);
    await mailErrand(deps.db, deps.delivering, about, row, clock.now());
    expect(await links()).toHaveLength(before + 1);
    expect(noticeText('offer', 'https://hub.example', undefined).text).toContain('Sign in to see it');
  });

  test('is reminded by a mail with a link of its own', async () => {
    await asked();
    parts.mails.mails.splice(0);
    clock.set('2026-03-06T09:00:00.000Z');
    await fire(parts.hub);
    // Other referrals that wait are reminded of, too.
    const reminders = await eventually(() => {
      const told = parts.mails.mails.filter(({ raw }) => raw.includes('Subject: A referral still waits'));
      expect(told.length).toBeGreaterThan(0);
      return told;
    });
    for (const { raw } of reminders) expect(linkIn(textIn(raw))).not.toBe('');
    clock.set(MONDAY);
  });
});
