import { describe, expect, test } from '@jest/globals';
import type { AuditEvent, Endpoint, OperationOutcome } from '@medplum/fhirtypes';
import { tryCode } from '../../src/access/mailbox/code.ts';
import { linkOf } from '../../src/access/mailbox/link.ts';
import { mailboxOf } from '../../src/access/mailbox/mailbox.ts';
import { openApiDocument } from '../../src/openapi.ts';
import { BOX, mailboxNetwork, switchMailbox } from '../flows/mailbox/mailbox-network.ts';
import { type Answer, call, done, found, texts } from '../support/api.ts';
import { triesOn } from './fhir-addresses.ts';
import { type Browser, codeOf } from './people/browser.ts';
import { setUp } from './people/people-hub.ts';

const KIM = 'Kim Frontdesk';

describe('the door of an agency that has only a mailbox, attacked', () => {
  const { parts, clock, asked, opened, codeFor, stranger, mailed, read, put, legOf } = mailboxNetwork();

  const open = (link: string, code: string, name = KIM, by = stranger()): Promise<Answer> =>
    by.send('POST', '/api/mailbox/open', { link, code, name });
  const refusal = (answer: Answer): unknown[] => [answer.status, codeOf(answer)];
  const NOT_OPEN = [403, 'mailbox.link'];
  const SIGNED_OUT = [401, 'people.signed-out'];

  test('a code is guessed five times, by however many at once, and is good no more', async () => {
    const { link } = await asked();
    const code = await codeFor(link);
    const wrong = code === '00000000' ? '00000001' : '00000000';
    const tries = await Promise.all(Array.from({ length: 12 }, () => open(link, wrong)));
    expect(tries.map(refusal)).toEqual(tries.map(() => [403, 'mailbox.code']));
    const [{ tries: counted } = { tries: 0 }] = await parts.hub.deps.db.query<{ tries: number }>(
      'SELECT tries FROM mailbox_code ORDER BY seq DESC LIMIT 1',
    );
    expect(counted).toBe(5);
    const late = await open(link, code);
    expect([refusal(late), texts(late as never)[0]]).toEqual([
      [403, 'mailbox.code'],
      'The code is not right, or no more: each is good once, for 15 minutes and five tries. Look for the last mail, or ask for another code.',
    ]);
    // Another process counts on the same row.
    const { db } = parts.hub.deps;
    expect(await tryCode(db, await linkOf(db, link, clock.now()), code, clock.now())).toBeUndefined();
  });

  test('codes are asked for five times an hour, and not one after the other', async () => {
    const { link } = await asked();
    await codeFor(link);
    expect(refusal(await stranger().send('POST', '/api/mailbox/code', { link }))).toEqual([
      429,
      'mailbox.too-many-codes',
    ]);
    for (let times = 1; times < 5; times += 1) await codeFor(link);
    clock.advance(60_000);
    const more = await stranger().send('POST', '/api/mailbox/code', { link });
    expect([more.status, texts(more as never)[0]]).toEqual([
      429,
      'Too many codes were asked for. Wait an hour, then ask for one more.',
    ]);
    clock.advance(3_600_000);
    await codeFor(link);
  });

  test('a code is good once, for a quarter of an hour, and only the last one is', async () => {
    const { link } = await asked();
    const first = await codeFor(link);
    const second = await codeFor(link);
    expect(refusal(await open(link, first))).toEqual([403, 'mailbox.code']);
    const both = await Promise.all([open(link, second), open(link, second)]);
    expect(both.map(({ status }) => status).sort()).toEqual([201, 403]);
    expect(refusal(await open(link, second))).toEqual([403, 'mailbox.code']);
    const third = await codeFor(link);
    clock.advance(15 * 60_000);
    expect(refusal(await open(link, third))).toEqual([403, 'mailbox.code']);
  });

  test('a link that somebody was forwarded opens nothing: the code goes to the mailbox alone', async () => {
    const { link } = await asked();
    parts.mails.mails.splice(0);
    clock.advance(31_000);
    const typed = await stranger().send('POST', '/api/mailbox/code', { link, email: 'me@evil.example' });
    expect(typed.status).toBe(400);
    await stranger().send('POST', '/api/mailbox/code', { link });
    await mailed('Your code');
    expect(parts.mails.mails.map(({ to }) => to)).toEqual([[BOX]]);
  });

  test("a code opens nothing with the link of another referral, nor with another organization's", async () => {
    const mine = await asked();
    const other = await asked();
    const code = await codeFor(mine.link);
    expect(refusal(await open(other.link, code))).toEqual([403, 'mailbox.code']);
    expect(refusal(await open('x'.repeat(43), code))).toEqual(NOT_OPEN);
  });

  test('links that are unknown, withdrawn and over are refused alike', async () => {
    const unknown = await stranger().send('POST', '/api/mailbox/code', { link: 'x'.repeat(43) });
    const { id, link } = await asked();
    const browser = await opened(link);
    const root = await read(id, parts.hospital);
    await done(put({ ...root, status: 'cancelled', statusReason: { text: 'Not needed' } }, parts.hospital));
    const withdrawn = await stranger().send('POST', '/api/mailbox/code', { link });
    const { headers: _one, ...unknownSaid } = unknown;
    const { headers: _two, ...withdrawnSaid } = withdrawn;
    expect(withdrawnSaid).toEqual(unknownSaid);
    expect(refusal(unknown)).toEqual(NOT_OPEN);
    // Who is in is out with the next request, and is told nothing of why.
    const before = browser.cookie();
    expect(refusal(await browser.send('GET', '/api/mailbox'))).toEqual(SIGNED_OUT);
    browser.setCookie(before);
    expect(refusal(await browser.send('POST', '/api/mailbox/answer', { status: 'accepted' }))).toEqual(SIGNED_OUT);
  });

  test('a mailbox that is switched off, or is another one now, opens nothing, also for who is in', async () => {
    const { link } = await asked();
    const browser = await opened(link);
    await switchMailbox(parts.hub, parts.box, { status: 'off' });
    expect(refusal(await browser.send('GET', '/api/mailbox'))).toEqual(SIGNED_OUT);
    expect(refusal(await stranger().send('POST', '/api/mailbox/code', { link }))).toEqual(NOT_OPEN);
    await switchMailbox(parts.hub, parts.box, { status: 'active', address: 'mailto:new@harvest.example' });
    expect(refusal(await stranger().send('POST', '/api/mailbox/code', { link }))).toEqual(NOT_OPEN);
    await switchMailbox(parts.hub, parts.box, { address: `mailto:${BOX}` });
  });

  test.each([
    'mailto:a@b.example?bcc=me@evil.example',
    'mailto:a@b.example,me@evil.example',
    'mailto:a%0d%0a@b.example',
    'mailto:desk',
    'MAILTO:',
  ])('an Endpoint that says %s is refused', async (address) => {
    const endpoint = await done<Endpoint>(call('GET', `${parts.hub.fhir}/Endpoint/${parts.box}`));
    const body = { ...endpoint, address };
    const answer = await call<OperationOutcome>('PUT', `${parts.hub.fhir}/Endpoint/${parts.box}`, { body });
    const text =
      'An Endpoint is one mailbox, and its address says nothing else. Write it as mailto:desk@agency.example.';
    expect(answer.status).toBe(422);
    expect(answer.body.issue[0]).toMatchObject({ details: { text }, expression: ['Endpoint.address'] });
    expect(await mailboxOf(parts.hub.deps.db, parts.agency.id)).toMatchObject({ address: BOX });
  });

  describe('who is in', () => {
    let browser: Browser;
    let loopId: string;
    let otherId: string;
    const inside = async (): Promise<void> => {
      otherId = (
        await asked((patient) => {
          patient.name = [{ family: 'Another' }];
        })
      ).id;
      const { id, link } = await asked();
      [browser, loopId] = [await opened(link), id];
    };

    test('is shown one referral, and finds no other by any address of the API', async () => {
      await inside();
      const leg = await legOf(loopId, parts.agency);
      const other = await legOf(otherId, parts.agency);
      for (const [method, path, body] of triesOn(leg, other, leg.for?.reference ?? '')) {
        const answer = await browser.send(method, `/fhir/R4${path}`, body);
        expect([method, path, ...refusal(answer)]).toEqual([method, path, 403, 'people.role']);
        expect(JSON.stringify(answer.body)).not.toMatch(/Robin|Tester|Another/);
      }
    });

    test('is refused at every other address of the JSON API', async () => {
      await inside();
      const { paths } = openApiDocument() as { paths: Record<string, Record<string, object>> };
      const others = Object.entries(paths).filter(
        ([path]) => !/^\/api\/(mailbox|sign-in|setup|invitations|client-answers|session\/link)/.test(path),
      );
      expect(others.length).toBeGreaterThan(30);
      for (const [path, methods] of others)
        for (const method of Object.keys(methods)) {
          if (method === 'post' && (path === '/api/session' || path.endsWith('back-channel-logout'))) continue;
          const url = path.replaceAll(/\{\w+\}/g, loopId);
          const { status } = await browser.send(method.toUpperCase(), url, method === 'get' ? undefined : {});
          expect([method, path, status]).toEqual([method, path, 403]);
        }
    });

    test('changes nothing from a page of another site, and nothing without the token of the page', async () => {
      await inside();
      for (const headers of [
        { 'x-csrf-token': '' },
        { 'sec-fetch-site': 'cross-site' },
        { origin: 'https://evil.example' },
      ])
        for (const [method, path] of [
          ['POST', '/api/mailbox/answer'],
          ['POST', '/api/mailbox/messages'],
          ['DELETE', '/api/mailbox'],
        ] as const) {
          const answer = await browser.send(method, path, { status: 'accepted' }, headers as Record<string, string>);
          expect(refusal(answer)).toEqual([403, expect.stringMatching(/^(people\.csrf|access\.other-origin)$/)]);
        }
      const { link } = await asked();
      for (const path of ['code', 'open']) {
        const forged = await stranger().send(
          'POST',
          `/api/mailbox/${path}`,
          { link },
          { origin: 'https://evil.example' },
        );
        expect(forged.status).toBe(403);
      }
    });

    test('has a cookie of its own: one that was planted opens nothing, and the old one nothing more', async () => {
      const { link } = await asked();
      const planted = stranger();
      planted.setCookie('p'.repeat(43));
      const code = await codeFor(link);
      expect((await open(link, code, KIM, planted)).status).toBe(201);
      expect(planted.cookie()).not.toBe('p'.repeat(43));
      const before = planted.cookie();
      expect((await planted.send('GET', '/api/mailbox')).status).toBe(200);
      expect((await planted.send('DELETE', '/api/mailbox')).status).toBe(204);
      planted.setCookie(before);
      expect(refusal(await planted.send('GET', '/api/mailbox'))).toEqual(SIGNED_OUT);
    });

    test('is out after twenty minutes without a request, and after two hours in any case', async () => {
      await inside();
      clock.advance(20 * 60_000);
      expect(refusal(await browser.send('GET', '/api/mailbox'))).toEqual(SIGNED_OUT);
      await inside();
      for (let minutes = 0; minutes < 120; minutes += 15) {
        expect((await browser.send('GET', '/api/mailbox')).status).toBe(200);
        clock.advance(15 * 60_000);
      }
      expect(refusal(await browser.send('GET', '/api/mailbox'))).toEqual(SIGNED_OUT);
    });

    test.each(['<script>alert(1)</script>', 'Kim\u202egnp.exe', 'Kim\nBcc: x', 'K', '  ', 'x'.repeat(101)])(
      'does not call themselves %j',
      async (name) => {
        const answer = await open('x'.repeat(43), '12345678', name);
        expect([answer.status, JSON.stringify(answer.body)]).toEqual([400, expect.not.stringContaining('script')]);
      },
    );

    test('may be called as people are', async () => {
      const { link } = await asked();
      for (const name of ["Zoë O'Brien-Łukasz", '김 지우', 'می‌خواهم'])
        expect((await open(link, '00000000', name)).status).toBe(403);
    });
  });

  test('people and programs of the hub have no use for it', async () => {
    const admin = await setUp(parts.hub);
    expect(refusal(await admin.send('GET', '/api/mailbox'))).toEqual([403, 'people.role']);
    const program = await call('GET', `${parts.hub.url}/api/mailbox`);
    expect(refusal(program)).toEqual([403, 'people.person-only']);
  });

  test('who came is in the audit by the name that was said, with how they were let in', async () => {
    const { link } = await asked();
    const browser = await opened(link, 'Sam Volunteer');
    await browser.send('GET', '/api/mailbox');
    const events = found<AuditEvent>(await call('GET', `${parts.hub.fhir}/AuditEvent?_count=50`));
    const agents = events.flatMap(({ agent }) => agent.filter(({ name }) => name === 'Sam Volunteer'));
    expect(agents.map(({ role }) => role?.[0]?.coding?.[0]?.code)).toEqual(['mailbox', 'mailbox']);
    const others = found<AuditEvent>(
      await call('GET', `${parts.hub.fhir}/AuditEvent?_count=50`, { token: parts.hospital.token }),
    );
    expect(JSON.stringify(others)).not.toContain('Sam Volunteer');
  });

  test('neither links nor codes stand in the database, nor in what is told of them', async () => {
    const { link } = await asked();
    const code = await codeFor(link);
    await open(link, code);
    const { db } = parts.hub.deps;
    for (const table of [
      'mailbox_link',
      'mailbox_code',
      'mailbox_visit',
      'audit',
      'refusal',
      'outbox',
      'delivery',
      'attempt',
    ]) {
      const rows = await db.query(`SELECT t::text AS said FROM ${table} t`);
      expect([table, JSON.stringify(rows).includes(link), JSON.stringify(rows).includes(` ${code}`)]).toEqual([
        table,
        false,
        false,
      ]);
    }
  });
});
