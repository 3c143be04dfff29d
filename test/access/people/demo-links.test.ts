import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { markDemoStore } from '../../../src/access/sign-in/demo-links.ts';
import { call } from '../../support/api.ts';
import { databaseKinds } from '../../support/database.ts';
import { startHub, type TestHub } from '../../support/hub.ts';
import { addPartner } from '../../support/network.ts';
import { codeOf, openBrowser } from './browser.ts';

describe.each(databaseKinds())('links that sign people in (%s)', (kind) => {
  let hub: TestHub;
  afterEach(() => hub?.close());

  const addPerson = async (): Promise<string> => {
    const { id: organizationId } = await addPartner(hub, 'Pantry');
    const body = { name: 'Avery Lund', email: 'avery@demo.example', organizationId, roles: ['agency-worker'] };
    return (await call<{ person: { id: string } }>('POST', `${hub.url}/api/people`, { body })).body.person.id;
  };
  const makeLink = (id: string) => call<{ link: string }>('POST', `${hub.url}/api/people/${id}/sign-in-link`);
  const codeIn = (link: string): string =>
    /^http:\/\/127\.0\.0\.1:\d+\/sign-in#link=([\w-]{43})$/.exec(link)?.[1] ?? '';

  describe('in a store that was made for a demo', () => {
    beforeEach(async () => {
      hub = await startHub(kind, { settings: { DEMO_STORE: 'true', PASSWORD_COST: '14' } });
    });

    test('sign in once, as whom they are for, however many try at once', async () => {
      const { status, body } = await makeLink(await addPerson());
      expect(status).toBe(201);
      const code = codeIn(body.link);
      const browsers = Array.from({ length: 5 }, () => openBrowser(hub.url));
      const answers = await Promise.all(browsers.map((each) => each.send('POST', '/api/session/link', { code })));
      expect(answers.map((each) => each.status).sort()).toEqual([200, 403, 403, 403, 403]);
      const winner = browsers[answers.findIndex((each) => each.status === 200)];
      expect((await winner?.send('GET', '/api/session'))?.body).toMatchObject({
        person: { name: 'Avery Lund', roles: ['agency-worker'] },
      });
      const again = await openBrowser(hub.url).send('POST', '/api/session/link', { code });
      expect([again.status, codeOf(again)]).toEqual([403, 'people.sign-in-link']);
    });

    test('are not for who was deactivated since', async () => {
      const id = await addPerson();
      const { body } = await makeLink(id);
      await call('PATCH', `${hub.url}/api/people/${id}`, { body: { active: false } });
      const answer = await openBrowser(hub.url).send('POST', '/api/session/link', { code: codeIn(body.link) });
      expect([answer.status, codeOf(answer)]).toEqual([403, 'people.sign-in-link']);
    });

    test('are made by administrators only', async () => {
      const id = await addPerson();
      const { body } = await makeLink(id);
      const browser = openBrowser(hub.url);
      await browser.send('POST', '/api/session/link', { code: codeIn(body.link) });
      expect((await browser.send('POST', `/api/people/${id}/sign-in-link`)).status).toBe(403);
    });
  });

  describe('in any other store', () => {
    beforeEach(async () => {
      hub = await startHub(kind, { settings: { PASSWORD_COST: '14' } });
    });

    test('are not made, by the hub or in the database', async () => {
      const id = await addPerson();
      const answer = await makeLink(id);
      expect([answer.status, codeOf(answer)]).toEqual([403, 'people.not-a-demo']);
      const { db } = hub.deps;
      const link = `INSERT INTO sign_in_link VALUES ('\\x00', $1, now() + interval '1 hour')`;
      await expect(db.query(link, [id])).rejects.toThrow('links sign people in only in the store of a demo');
    });

    test('it cannot become that of a demo, by a start or in the database', async () => {
      const { db } = hub.deps;
      await expect(db.query('INSERT INTO demo_store DEFAULT VALUES')).rejects.toThrow(
        'only an empty store can become that of a demo',
      );
      await expect(markDemoStore(db)).rejects.toThrow(
        'DEMO_STORE is for a store that is made by this start, and something is in this one. Leave it out.',
      );
    });
  });
});
