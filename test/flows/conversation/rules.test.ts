import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Communication, OperationOutcome, Patient, Task } from '@medplum/fhirtypes';
import type { Browser } from '../../access/people/browser.ts';
import { join, startPeopleHub } from '../../access/people/people-hub.ts';
import { call, done, texts } from '../../support/api.ts';
import { databaseKinds } from '../../support/database.ts';
import { closeHealthy } from '../../support/healthy.ts';
import type { TestHub } from '../../support/hub.ts';
import { addPartner, type Partner, sendReferral } from '../../support/network.ts';
import { legNetwork } from '../legs/leg-network.ts';
import { answerBy, communication, talk, text } from './talk.ts';

describe('who may say what to whom about a referral', () => {
  let hub: TestHub;
  let [hospital, pantry, other]: Partner[] = [];
  let [kim, ann]: Browser[] = [];
  let id: string;
  let leg: Task & { id: string };
  let otherLeg: Task & { id: string };
  const { legOf, post: byHand } = legNetwork(() => hub);
  const { write, page, message, post, posted, read, status } = talk(() => hub);
  const as = <T>(each: T | undefined): T => each as T;

  beforeAll(async () => {
    hub = await startPeopleHub(databaseKinds().at(-1) ?? 'embedded');
    hospital = await addPartner(hub, 'St. Anna Hospital');
    pantry = await addPartner(hub, 'A Pantry', { category: 'food-insecurity' });
    other = await addPartner(hub, 'B Kitchen');
    kim = await join(hub, 'kim@hub.example', ['case-manager']);
    ann = await join(hub, 'ann@pantry.example', ['agency-worker'], { organizationId: pantry.id });
    id = await sendReferral(hub, hospital);
    leg = await legOf(id, pantry);
    await byHand(id, 'offers', { organizationId: other.id });
    otherLeg = await legOf(id, other);
  });
  afterAll(() => closeHealthy(hub, false));

  const reference = (by: Partner | undefined): { reference: string } => ({ reference: `Organization/${by?.id}` });
  const refused = async (by: Partner, about: string, more: Partial<Communication>): Promise<[number, string[]]> => {
    const answer = await post(by, about, { ...text('Hello'), ...more });
    return [answer.status, texts(answer)];
  };

  test('an agency writes to the hub about its part, and to nobody else', async () => {
    const onlyHub = 'A message about this referral goes to one organization: Organization/careloop.';
    const to = (by: Partner | undefined): Partial<Communication> => ({ recipient: [reference(by)] });
    expect(await refused(as(pantry), leg.id, to(hospital))).toEqual([422, [onlyHub]]);
    expect(await refused(as(pantry), leg.id, to(other))).toEqual([422, [onlyHub]]);
    const both = { recipient: [{ reference: 'Organization/careloop' }, reference(other)] };
    expect(await refused(as(pantry), leg.id, both)).toEqual([422, [onlyHub]]);
    expect(await refused(as(pantry), leg.id, { sender: reference(hospital) })).toEqual([
      422,
      [
        `The sender of a message is who writes it: Organization/${pantry?.id}, or somebody of it. Leave it out, and it is filled in.`,
      ],
    ]);
    // Of the referral itself, and of what others are asked, it knows nothing.
    for (const hidden of [id, otherLeg.id]) {
      const nowhere = `There is no Task/${hidden} on this hub. Send it in the same Bundle, or create it first.`;
      expect(await refused(as(pantry), hidden, {})).toEqual([422, [nowhere]]);
      expect(await refused(as(hospital), otherLeg.id, {})).toMatchObject([422, expect.any(Array)]);
    }
  });

  test('the client has no part in it', async () => {
    const { reference: patient } = leg.for as { reference: string };
    const client = await done<Patient>(call('GET', `${hub.fhir}/${patient}`, { token: pantry?.token }));
    expect(await refused(as(pantry), leg.id, { recipient: [{ reference: `Patient/${client.id}` }] })).toEqual([
      422,
      ['A message about this referral goes to one organization: Organization/careloop.'],
    ]);
  });

  test('sent again it is the same message: under its identifier, and under its key', async () => {
    const identifier = [{ system: 'https://pantry.example/messages', value: '7' }];
    const first = await posted(as(pantry), leg.id, { identifier, ...text('We have your message.') });
    expect(await refused(as(pantry), leg.id, { identifier })).toEqual([
      409,
      [
        `This message is known: Communication/${first.id} has the same identifier. Read it there; send a new message under a new identifier.`,
      ],
    ]);
    const again = await call<Communication>('POST', `${hub.fhir}/Communication`, {
      token: pantry?.token,
      headers: { 'if-none-exist': 'identifier=https://pantry.example/messages|7' },
      body: communication(leg.id, { identifier, ...text('We have your message.') }),
    });
    expect([again.status, again.body.id]).toEqual([200, first.id]);
    const body = { text: 'Once', to: pantry?.id, key: 'written-on-a-phone' };
    const once = await write(as(kim), id, body);
    expect(await write(as(kim), id, body)).toBe(once);
    expect((await page(as(kim), id)).messages.filter((each) => each.text === 'Once')).toHaveLength(1);
  });

  test('what was said stays as it was read; it is withdrawn, not deleted; when it was received, its recipient says', async () => {
    const sent = communication(leg.id, text('At ten.'));
    const { id: said } = await done(call('POST', `${hub.fhir}/Communication`, { token: pantry?.token, body: sent }));
    const put = (by: Partner | undefined, more: object): ReturnType<typeof call<OperationOutcome>> =>
      call('PUT', `${hub.fhir}/Communication/${said}`, { token: by?.token, body: { ...sent, id: said, ...more } });
    // As its writer has it, without what the hub has filled in.
    expect((await put(pantry, {})).status).toBe(200);
    expect((await read(said, pantry)).recipient).toEqual([{ reference: 'Organization/careloop' }]);
    const changed = await put(pantry, text('At eleven.'));
    expect([changed.status, texts(changed)]).toEqual([
      422,
      [
        'A message that was sent stays as it was read. Write another one, or withdraw this one (status entered-in-error).',
      ],
    ]);
    const removed = await call('DELETE', `${hub.fhir}/Communication/${said}`, { token: pantry?.token });
    expect([removed.status, texts(removed)]).toEqual([
      422,
      ['A message that was sent is not deleted. Withdraw it: set its status to entered-in-error.'],
    ]);
    // Its writer cannot say so itself; others do not know of it.
    await put(pantry, { received: '2026-03-02T09:30:00Z' });
    expect((await read(said, pantry)).received).toBeUndefined();
    expect((await put(other, { received: '2026-03-02T09:30:00Z' })).status).toBe(405);
    await as(kim).send('PUT', `/fhir/R4/Communication/${said}`, {
      ...(await read(said)),
      received: '2026-03-02T09:30:00Z',
    });
    expect(await message(as(kim), id, said)).toMatchObject({ stage: 'read', unread: false });
  });

  test('of a word of the hub that is no message its recipient says when it was received, and changes nothing else', async () => {
    const to = { recipient: [reference(pantry)], partOf: [{ reference: `Task/${leg.id}` }] };
    const body = { resourceType: 'Communication', status: 'preparation', ...text('Remember'), ...to };
    const about = { ...body, about: [{ reference: `Task/${leg.id}` }], topic: { text: 'reminder' } };
    const said = await done<Communication>(call('POST', `${hub.fhir}/Communication`, { body: about }));
    const { recipient: _recipient, meta: _meta, ...without } = said;
    const url = `${hub.fhir}/Communication/${said.id}`;
    const received = { ...without, received: '2026-03-02T09:30:00Z' };
    await done(call('PUT', url, { token: pantry?.token, body: received }));
    expect(await read(said.id)).toMatchObject({ received: '2026-03-02T09:30:00Z', recipient: [reference(pantry)] });
    expect((await call('PUT', url, { token: pantry?.token, body: { ...received, ...text('Mine') } })).status).toBe(403);
  });

  test('an answer is needed by a moment to come', async () => {
    expect(await refused(as(pantry), leg.id, answerBy('2026-03-02T08:00:00Z'))).toEqual([
      422,
      ['It needs an answer by 2026-03-02T08:00:00Z, which is over. Say a later moment.'],
    ]);
  });

  test('documents and pictures are attached, of a size; nothing that would run', async () => {
    const attach = (contentType: string, data: string): Partial<Communication> => ({
      payload: [{ contentAttachment: { contentType, data: Buffer.from(data).toString('base64') } }],
    });
    const [code, [said = '']] = await refused(as(pantry), leg.id, attach('text/html', '<script>'));
    expect([code, said.slice(0, 60)]).toEqual([422, 'A text/html is not attached. Send it as one of: application/']);
    const large = attach('text/plain', 'x'.repeat(3_500_001));
    expect(await refused(as(pantry), leg.id, large)).toEqual([
      422,
      ['It has 3500001 bytes, and an attachment has at most 3500000.'],
    ]);
    // What its writer may not read, it cannot pass on.
    const secret = await done(
      call('POST', `${hub.fhir}/Binary`, {
        token: other?.token,
        body: { resourceType: 'Binary', contentType: 'text/plain', data: 'c2VjcmV0' },
      }),
    );
    const stolen = { payload: [{ contentAttachment: { contentType: 'text/plain', url: `Binary/${secret.id}` } }] };
    expect(await refused(as(pantry), leg.id, stolen)).toEqual([422, [`There is no Binary/${secret.id} on this hub.`]]);
    const onPage = await as(ann).send<OperationOutcome>('POST', `/api/loops/${id}/messages`, {
      text: 'Look',
      attachments: [{ title: 'a.svg', contentType: 'image/svg+xml', data: 'PHN2Zy8+' }],
    });
    expect(onPage.status).toBe(400);
  });

  test('what people at the hub write down to nobody is theirs; so is what is still being written', async () => {
    const note = await done<Communication>(
      call('POST', `${hub.fhir}/Communication`, { body: communication(leg.id, text('Ring them on Friday')) }),
    );
    const draft = await posted(as(pantry), leg.id, { status: 'preparation', ...text('Perhaps') });
    for (const each of [note, draft]) expect(await message(as(kim), id, each.id)).toBeUndefined();
    expect(await status(`Communication/${note.id}`, as(pantry))).toBe(404);
    // Sent, it is a message.
    const { status: _draft, ...said } = draft;
    await done(
      call('PUT', `${hub.fhir}/Communication/${draft.id}`, {
        token: pantry?.token,
        body: { ...said, status: 'completed' },
      }),
    );
    expect(await message(as(kim), id, draft.id)).toMatchObject({ text: 'Perhaps', unread: true });
  });

  test('they are read page by page, newest first, and by with whom', async () => {
    const all = (await page(as(kim), id)).messages.map((each) => each.id);
    const paged: string[] = [];
    for (let next: string | null = ''; next !== null; ) {
      const some = await page(as(kim), id, `?limit=2${next ? `&cursor=${next}` : ''}`);
      paged.push(...some.messages.map((each) => each.id));
      next = some.next;
    }
    expect(paged).toEqual(all);
    expect((await page(as(kim), id, `?with=${other?.id}`)).messages).toEqual([]);
    const strange = await as(kim).send<OperationOutcome>('GET', `/api/loops/${id}/messages?cursor=x`);
    expect([strange.status, texts(strange)]).toEqual([400, ['Not a cursor of this list.']]);
  });
});
