import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { call } from '../../support/api.ts';
import { databaseKinds } from '../../support/database.ts';
import { addOrganization } from '../programs.ts';
import { type Browser, codeOf, openBrowser } from './browser.ts';
import { join, PASSWORD, setUp, signIn, startPeopleHub } from './people-hub.ts';

type Added = { person: { id: string }; invitation: string; expiresAt: string };

describe.each(databaseKinds())('an administrator of the %s store', (kind) => {
  let hub: Awaited<ReturnType<typeof startPeopleHub>>;
  let admin: Browser;
  let agency: string;
  beforeAll(async () => {
    hub = await startPeopleHub(kind);
    agency = await addOrganization(hub, 'Harvest Food Bank');
    admin = await setUp(hub);
  });
  afterAll(() => hub?.close());
  const add = (body: object): ReturnType<Browser['send']> =>
    admin.send('POST', '/api/people', {
      name: 'Kim Worker',
      organizationId: agency,
      roles: ['agency-worker'],
      ...body,
    });
  const codeIn = ({ invitation }: Added): string => invitation.split('#')[1] ?? '';

  test('invites somebody, who chooses a password by the link and is signed in', async () => {
    const { status, body } = await add({ email: 'kim@food.example' });
    const added = body as Added;
    expect(status).toBe(201);
    expect(added).toMatchObject({
      person: {
        name: 'Kim Worker',
        email: 'kim@food.example',
        organization: { id: agency, name: 'Harvest Food Bank' },
        roles: ['agency-worker'],
        active: true,
        invited: true,
        secondFactor: false,
      },
      expiresAt: '2026-03-05T09:00:00.000Z',
    });
    expect(added.invitation).toMatch(new RegExp(`^${hub.url}/invitation#[\\w-]{43}$`));
    const kim = openBrowser(hub.url);
    const look = await kim.send('POST', '/api/invitations/look', { code: codeIn(added) });
    expect(look.body).toEqual({
      name: 'Kim Worker',
      email: 'kim@food.example',
      organization: { id: agency, name: 'Harvest Food Bank' },
    });
    const accepted = await kim.send('POST', '/api/invitations/accept', { code: codeIn(added), password: PASSWORD });
    expect(accepted).toMatchObject({ status: 200, body: { person: { roles: ['agency-worker'] } } });
    expect((await kim.send('GET', '/api/loops')).status).toBe(200);
    const again = await openBrowser(hub.url).send('POST', '/api/invitations/accept', {
      code: codeIn(added),
      password: PASSWORD,
    });
    expect([again.status, codeOf(again)]).toEqual([403, 'people.invitation']);
  });

  test('gives a new link to who lost password and second factor: the old ones, and all sessions, are gone', async () => {
    const lou = await join(hub, 'lou@food.example', ['agency-worker'], { organizationId: agency });
    const first = (await admin.send('POST', `/api/people/${lou.personId}/invitation`)).body as Added;
    const second = (await admin.send('POST', `/api/people/${lou.personId}/invitation`)).body as Added;
    const take = (from: Added, password: string): ReturnType<Browser['send']> =>
      openBrowser(hub.url).send('POST', '/api/invitations/accept', { code: codeIn(from), password });
    expect((await take(first, 'another long password')).status).toBe(403);
    expect((await lou.send('GET', '/api/session')).status).toBe(200);
    expect((await take(second, 'another long password')).status).toBe(200);
    expect((await lou.send('GET', '/api/session')).status).toBe(401);
    expect((await signIn(hub, 'lou@food.example')).status).toBe(401);
    expect((await signIn(hub, 'lou@food.example', 'another long password')).status).toBe(200);
  });

  test('gives links that are good for 72 hours, and once, though ten use one at once', async () => {
    const added = (await add({ email: 'max@food.example' })).body as Added;
    const late = (await add({ email: 'late@food.example' })).body as Added;
    const take = (code: string): ReturnType<Browser['send']> =>
      openBrowser(hub.url).send('POST', '/api/invitations/accept', { code, password: PASSWORD });
    const tries = await Promise.all(Array.from({ length: 10 }, () => take(codeIn(added))));
    expect(tries.filter(({ status }) => status === 200)).toHaveLength(1);
    hub.clock.advance(72 * 3_600_000);
    expect((await take(codeIn(late))).status).toBe(403);
    admin = (await signIn(hub, 'ada@hub.example')).browser;
  });

  test.each([
    ['with the e-mail address of somebody else', { email: 'ADA@hub.example' }, 409, 'people.email'],
    [
      'of an organization that is not there',
      { email: 'a@b.example', organizationId: 'nowhere' },
      422,
      'people.not-fit',
    ],
    ['as a case manager of a partner', { email: 'a@b.example', roles: ['case-manager'] }, 422, 'people.not-fit'],
    ['as an agency worker of the hub', { email: 'a@b.example', organizationId: 'careloop' }, 422, 'people.not-fit'],
    [
      'as a protection worker and nothing else',
      { email: 'a@b.example', roles: ['protection-worker'] },
      422,
      'people.not-fit',
    ],
    ['as a client without a record', { email: 'a@b.example', roles: ['client'] }, 422, 'people.not-fit'],
    [
      'as a client of a Patient that is not there',
      { email: 'a@b.example', roles: ['client'], patientId: 'nobody' },
      422,
      'people.not-fit',
    ],
    ['as something that is no role', { email: 'a@b.example', roles: ['king'] }, 400, 'request.not-valid'],
    ['without an e-mail address', {}, 400, 'request.not-valid'],
  ])('cannot add somebody %s', async (_what, body, status, code) => {
    const answer = await add(body);
    expect([answer.status, codeOf(answer)]).toEqual([status, code]);
  });

  test('changes roles: the sessions of before end, and the new ones hold', async () => {
    const pat = await join(hub, 'pat@hub.example', ['case-manager']);
    expect((await pat.send('GET', '/api/loops')).status).toBe(200);
    const { body } = await admin.send('PATCH', `/api/people/${pat.personId}`, { roles: ['auditor'] });
    expect(body).toMatchObject({ roles: ['auditor'] });
    expect((await pat.send('GET', '/api/loops')).status).toBe(401);
    const { browser } = await signIn(hub, 'pat@hub.example');
    const refused = await browser.send('GET', '/api/loops');
    expect([refused.status, codeOf(refused)]).toEqual([403, 'people.role']);
  });

  test('cannot leave the hub without one', async () => {
    const { body } = await admin.send<{ person: { id: string } }>('GET', '/api/session');
    for (const change of [{ active: false }, { roles: ['case-manager'] }]) {
      const answer = await admin.send('PATCH', `/api/people/${body.person.id}`, change);
      expect([answer.status, codeOf(answer)]).toEqual([422, 'people.not-fit']);
    }
    expect((await admin.send('GET', '/api/session')).status).toBe(200);
  });

  test('sees everybody, and no secret of anybody', async () => {
    const { body } = await admin.send<{ people: object[] }>('GET', '/api/people');
    expect(body.people.length).toBeGreaterThan(3);
    expect(JSON.stringify(body)).not.toMatch(/scrypt|credentials|password|\$8\$/);
  });

  test('signs somebody out everywhere', async () => {
    const joe = await join(hub, 'joe@hub.example', ['supervisor']);
    expect((await admin.send('DELETE', `/api/people/${joe.personId}/sessions`)).status).toBe(204);
    expect((await joe.send('GET', '/api/session')).status).toBe(401);
  });

  test('is nobody else: neither case managers, partners nor their programs', async () => {
    const others = [
      await join(hub, 'cm@hub.example', ['case-manager', 'protection-worker']),
      await join(hub, 'sv@hub.example', ['supervisor']),
      await join(hub, 'au@hub.example', ['auditor']),
      await join(hub, 'aw@food.example', ['agency-worker'], { organizationId: agency }),
    ];
    for (const other of others) {
      const path = `/api/people/${other.personId}`;
      const answers = [
        await other.send('GET', '/api/people'),
        await other.send('POST', '/api/people', {}),
        await other.send('PATCH', path, { roles: ['administrator'] }),
        await other.send('POST', `${path}/invitation`),
        await other.send('GET', '/api/clients'),
        await other.send('POST', '/api/clients', {}),
      ];
      expect(answers.map((answer) => [answer.status, codeOf(answer)])).toEqual(answers.map(() => [403, 'people.role']));
    }
    const program = await call<{ token: string }>('POST', `${hub.url}/api/clients`, {
      body: { name: 'Inbox', organizationId: agency },
    });
    const { token } = program.body;
    expect((await call('GET', `${hub.url}/api/people`, { token })).status).toBe(403);
    expect((await call('GET', `${hub.url}/api/session`, { token })).status).toBe(403);
  });

  test('changes the own password: the other sessions end, this one goes on', async () => {
    const { browser: other } = await signIn(hub, 'ada@hub.example');
    const wrong = await admin.send('PUT', '/api/account/password', { current: 'not it', new: 'a new long password' });
    expect([wrong.status, codeOf(wrong)]).toEqual([422, 'people.wrong-password']);
    const weak = await admin.send('PUT', '/api/account/password', { current: PASSWORD, new: 'short' });
    expect([weak.status, codeOf(weak)]).toEqual([422, 'people.password']);
    const change = { current: PASSWORD, new: 'a new long password' };
    expect((await admin.send('PUT', '/api/account/password', change)).status).toBe(204);
    expect((await other.send('GET', '/api/session')).status).toBe(401);
    expect((await admin.send('GET', '/api/session')).status).toBe(200);
    expect((await signIn(hub, 'ada@hub.example')).status).toBe(401);
    expect((await signIn(hub, 'ada@hub.example', 'a new long password')).status).toBe(200);
  });
});
