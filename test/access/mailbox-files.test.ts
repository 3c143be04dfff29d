import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Binary, Communication, Consent, DocumentReference, Resource } from '@medplum/fhirtypes';
import type { MailboxReferral } from '../../src/referrals/mailbox/api.ts';
import { mailboxNetwork } from '../flows/mailbox/mailbox-network.ts';
import { call, done, texts } from '../support/api.ts';
import { consentOf, label, toOrganization } from '../support/consents.ts';
import { settled } from '../workers/late-loops.ts';
import type { Browser } from './people/browser.ts';

const PDF = '%PDF-1.7 a letter';
const PAGE = '<script>alert(1)</script>';
const LETTER = { title: '../<b>Letter</b>.pdf', contentType: 'application/pdf', data: btoa(PDF) };

interface Listed {
  readonly id: string;
  readonly text: string;
  readonly attachments: readonly { readonly title: string; readonly url: string | null }[];
}

describe('files on the page of an agency that has only a mailbox', () => {
  const { parts, clock, asked, opened, stranger, codeFor, post, legOf } = mailboxNetwork();

  const byHospital = <T extends Resource>(method: string, path: string, body: object): Promise<T & { id: string }> =>
    done<T>(call(method, `${parts.hub.fhir}/${path}`, { token: parts.hospital.token, body }));
  /** What the hospital has of a client: a letter that is kept apart, and a page that stands in it. */
  const letter = async (said: Partial<DocumentReference> = {}): Promise<{ id: string; binary: string }> => {
    const binary = await byHospital<Binary>('POST', 'Binary', {
      resourceType: 'Binary',
      contentType: 'application/pdf',
      data: btoa(PDF),
      ...(said.meta ? { meta: said.meta } : {}),
    });
    const content = [
      { attachment: { title: 'Letter', contentType: 'application/pdf', url: `Binary/${binary.id}` } },
      { attachment: { title: 'Page', contentType: 'text/html', data: btoa(PAGE) } },
      { attachment: { title: 'Film', contentType: 'video/mp4', url: 'https://films.example/1' } },
    ];
    const document = { resourceType: 'DocumentReference', status: 'current', description: 'From the ward', content };
    const { id } = await byHospital<DocumentReference>('POST', 'DocumentReference', { ...document, ...said });
    return { id, binary: binary.id };
  };
  const askedWith = (document: string) =>
    asked((_patient, request) => {
      request.supportingInfo = [{ reference: `DocumentReference/${document}` }];
    });
  const sentAlong = async (by: Browser): Promise<MailboxReferral['sentAlong']> =>
    (await by.send<MailboxReferral>('GET', '/api/mailbox')).body.sentAlong;
  const messages = async (by: Browser): Promise<readonly Listed[]> =>
    (await by.send<{ messages: Listed[] }>('GET', '/api/mailbox/messages')).body.messages;
  const download = (by: Browser, path: string): Promise<Response> =>
    fetch(`${parts.hub.url}${path}`, { headers: { cookie: `careloop=${by.cookie() ?? ''}` } });
  const file = (by: Browser, name: string): Promise<Response> => download(by, `/api/mailbox/files/${name}`);

  describe('what was sent along', () => {
    let browser: Browser;
    let document: { id: string; binary: string };
    beforeAll(async () => {
      document = await letter();
      browser = await opened((await askedWith(document.id)).link);
    });

    test('is opened as a download that no browser shows or runs, and the audit has who did', async () => {
      const [along, ...others] = await sentAlong(browser);
      expect(others).toEqual([]);
      const url = (at: number): string => `/api/mailbox/files/DocumentReference/${document.id}/${at}`;
      expect(along).toEqual({
        kind: 'DocumentReference',
        text: 'From the ward',
        files: [
          { title: 'Letter', contentType: 'application/pdf', size: null, url: url(0) },
          { title: 'Page', contentType: 'text/html', size: PAGE.length, url: url(1) },
          { title: 'Film', contentType: 'video/mp4', size: null, url: null },
        ],
      });
      const SAFE = {
        'content-disposition': 'attachment',
        'content-security-policy': "default-src 'none'; sandbox",
        'x-content-type-options': 'nosniff',
        'cache-control': 'no-store',
        'cross-origin-resource-policy': 'same-origin',
      };
      const [pdf, page] = [await download(browser, url(0)), await download(browser, url(1))];
      expect(Object.fromEntries(pdf.headers)).toMatchObject({ ...SAFE, 'content-type': 'application/pdf' });
      // Whatever a page would run is bytes.
      expect(Object.fromEntries(page.headers)).toMatchObject({ ...SAFE, 'content-type': 'application/octet-stream' });
      expect([await pdf.text(), await page.text()]).toEqual([PDF, PAGE]);
      const entries = await parts.hub.deps.db.query(
        `SELECT action, interaction, resource_type, resource_id, version, v.name, patient IS NOT NULL AS of_client
         FROM audit JOIN mailbox_visit v ON v.id::text = person_id WHERE request_id = ANY ($1::text[]) ORDER BY audit.id`,
        [[pdf, page].map(({ headers }) => headers.get('x-request-id'))],
      );
      const read = { action: 'R', interaction: 'read', version: 1, name: 'Kim Frontdesk', of_client: true };
      expect(entries).toEqual([
        { ...read, resource_type: 'Binary', resource_id: document.binary },
        { ...read, resource_type: 'DocumentReference', resource_id: document.id },
      ]);
    });

    test('is opened by nobody without a visit, nor by a wrong code', async () => {
      const { link } = await askedWith(document.id);
      const code = await codeFor(link);
      const wrong = code === '00000000' ? '00000001' : '00000000';
      const somebody = stranger();
      await somebody.send('POST', '/api/mailbox/open', { link, code: wrong, name: 'Kim Frontdesk' });
      expect((await file(somebody, `DocumentReference/${document.id}/0`)).status).toBe(401);
      const program = { token: parts.agency.token };
      const answer = await call(
        'GET',
        `${parts.hub.url}/api/mailbox/files/DocumentReference/${document.id}/0`,
        program,
      );
      expect(answer.status).toBe(403);
    });

    test.each(['9', '-1', '0x0', '1e0', '%2f', '0%00'])('has no file number %s', async (at) => {
      expect((await file(browser, `DocumentReference/${document.id}/${at}`)).status).toBe(404);
    });

    test('is found by what it is attached to alone, and no other kind of resource is', async () => {
      const names = [`Binary/${document.binary}/0`, 'Patient/x/0', `documentreference/${document.id}/0`];
      for (const name of [...names, 'constructor/x/0', `DocumentReference/${document.binary}/0`])
        expect([name, (await file(browser, name)).status]).toEqual([name, 404]);
    });

    test('is not open by the link of another referral of the same agency, and the audit has who tried', async () => {
      const other = await opened((await asked()).link);
      const refused = await file(other, `DocumentReference/${document.id}/0`);
      expect([refused.status, await refused.text()]).toEqual([404, expect.not.stringMatching(/Letter|ward|PDF/)]);
      const entries = await parts.hub.deps.db.query('SELECT person_roles, refusal FROM audit WHERE request_id = $1', [
        refused.headers.get('x-request-id'),
      ]);
      expect(entries).toEqual([{ person_roles: 'mailbox', refusal: 'resource.not-found' }]);
    });

    test('is closed with the visit', async () => {
      clock.advance(20 * 60_000);
      expect((await file(browser, `DocumentReference/${document.id}/0`)).status).toBe(401);
    });
  });

  test('of what is sent along is shown what the consent of the client lets it be, while it does', async () => {
    const document = await letter({ meta: { security: [label('42CFRPart2')] } });
    const { id, link } = await askedWith(document.id);
    const browser = await opened(link);
    const name = `DocumentReference/${document.id}/0`;
    expect([await sentAlong(browser), (await file(browser, name)).status]).toEqual([[], 404]);
    const { for: client } = await legOf(id, parts.agency);
    const permit = {
      type: 'permit' as const,
      actor: toOrganization(parts.agency.id),
      securityLabel: [label('42CFRPart2')],
    };
    const consent = await byHospital<Consent>('POST', 'Consent', consentOf(client?.reference ?? '', permit));
    expect((await sentAlong(browser)).map(({ files }) => files.map(({ url }) => url !== null))).toEqual([
      [true, true, false],
    ]);
    expect((await file(browser, name)).status).toBe(200);
    await byHospital('PUT', `Consent/${consent.id}`, { ...consent, status: 'inactive' });
    expect([await sentAlong(browser), (await file(browser, name)).status]).toEqual([[], 404]);
  });

  test('what is attached to a message is opened until its writer withdraws that', async () => {
    const { id, link } = await asked();
    const browser = await opened(link);
    const { body } = await post<{ id: string }>(id, 'messages', {
      text: 'See the letter',
      to: parts.agency.id,
      attachments: [LETTER],
    });
    const [{ attachments: [attached] = [] } = {}] = await messages(browser);
    expect(attached).toMatchObject({ title: LETTER.title, url: `/api/mailbox/files/Communication/${body.id}/0` });
    const answer = await download(browser, attached?.url ?? '');
    // What its writer calls it is in no header.
    expect([await answer.text(), answer.headers.get('content-disposition')]).toEqual([PDF, 'attachment']);
    await settled(parts.hub.deps);
    const said = await done<Communication>(call('GET', `${parts.hub.fhir}/Communication/${body.id}`));
    const withdrawn = { ...said, status: 'entered-in-error' };
    await done(call('PUT', `${parts.hub.fhir}/Communication/${body.id}`, { body: withdrawn }));
    expect((await messages(browser))[0]?.attachments).toEqual([]);
    expect((await download(browser, attached?.url ?? '')).status).toBe(404);
  });

  test('attaches files to what it writes, which who it writes to reads; nothing that a browser would run', async () => {
    const { id, link } = await asked();
    const browser = await opened(link);
    const say = (attachments: readonly object[]) =>
      browser.send<{ id: string }>('POST', '/api/mailbox/messages', { text: 'Our rules', attachments });
    const { status, body } = await say([LETTER, { ...LETTER, title: 'Notes', contentType: 'text/plain' }]);
    expect(status).toBe(201);
    const { body: seen } = await call<{ messages: Listed[] }>('GET', `${parts.hub.url}/api/loops/${id}/messages`);
    expect(seen.messages).toMatchObject([{ id: body.id, attachments: [{ title: LETTER.title }, { title: 'Notes' }] }]);
    const read = await call<Binary>('GET', `${parts.hub.url}${seen.messages[0]?.attachments[0]?.url}`, {
      headers: { accept: 'application/fhir+json' },
    });
    expect(read.body).toMatchObject({ contentType: 'application/pdf', data: LETTER.data });
    // It sees what it has sent, by this link alone.
    expect(await (await file(browser, `Communication/${body.id}/1`)).text()).toBe(PDF);
    const other = await opened((await asked()).link);
    expect((await file(other, `Communication/${body.id}/1`)).status).toBe(404);

    for (const contentType of ['text/html', 'image/svg+xml', 'application/javascript'])
      expect((await say([{ ...LETTER, contentType }])).status).toBe(400);
    expect((await say(Array.from({ length: 6 }, () => LETTER))).status).toBe(400);
    const large = await say([{ ...LETTER, data: 'A'.repeat(4_666_672) }]);
    expect([large.status, texts(large as never)[0]]).toEqual([
      422,
      'It has 3500004 bytes, and an attachment has at most 3500000.',
    ]);
  });

  test('a message that names a file of another referral does not open it here', async () => {
    const document = await letter();
    await askedWith(document.id);
    const { id, link } = await asked();
    const browser = await opened(link);
    const leg = await legOf(id, parts.agency);
    // The agency may read it, for the other referral: its program does.
    const by = { token: parts.agency.token };
    expect((await call('GET', `${parts.hub.fhir}/Binary/${document.binary}?_format=json`, by)).status).toBe(200);
    const body = {
      resourceType: 'Communication',
      status: 'completed',
      about: [{ reference: `Task/${leg.id}` }],
      payload: [
        { contentString: 'Is it this one?' },
        { contentAttachment: { title: 'This', contentType: 'application/pdf', url: `Binary/${document.binary}` } },
        { contentReference: { reference: `DocumentReference/${document.id}`, display: 'Or this' } },
      ],
    };
    const said = await done<Communication>(call('POST', `${parts.hub.fhir}/Communication`, { ...by, body }));
    expect((await messages(browser))[0]?.attachments).toMatchObject([
      { title: 'This', url: null },
      { title: 'Or this', url: null },
    ]);
    for (const name of [
      `Communication/${said.id}/0`,
      `Communication/${said.id}/1`,
      `DocumentReference/${document.id}/0`,
    ])
      expect([name, (await file(browser, name)).status]).toEqual([name, 404]);
  });
});
