import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openApiDocument } from '../../src/openapi.ts';
import type { Story } from './changes/asked.ts';
import { ofLoops } from './changes/of-loops.ts';
import { askedOf, ofMailbox } from './changes/of-mailbox.ts';
import { ofPeople } from './changes/of-people.ts';
import { ofPlans } from './changes/of-plans.ts';
import { ofPrograms } from './changes/of-programs.ts';
import { BY_VISITORS, READS, TELL_OF_NO_CLIENT } from './changes/reads.ts';
import { openWorld, type World } from './changes/world.ts';
import { codeOf, openBrowser } from './people/browser.ts';
import { comeByMailbox } from './people/visitor.ts';

const { paths } = openApiDocument() as { paths: Record<string, Record<string, object>> };
const ROUTES = Object.entries(paths)
  .flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method} ${path}`))
  .filter((route) => !route.startsWith('get '));

/** For each of them, by method and address: how it is asked for so that it is done. */
const STORIES: Readonly<Record<string, Story>> = { ...ofLoops, ...ofMailbox, ...ofPlans, ...ofPrograms, ...ofPeople };

/** What tells nothing of a client and changes nothing for anybody else. */
const LEAVES_NOTHING: readonly string[] = [
  // It counts when the code is said.
  'post /api/mailbox/code',
  // It has told questions that are the same for everybody.
  'post /api/client-answers/look',
  // Whoever has the link is told the name it was made for.
  'post /api/invitations/look',
  // It counts when a code of it was said.
  'post /api/account/second-factor',
  // A view of a list is nobody's data.
  'post /api/loop-filters',
  'put /api/loop-filters/{id}',
  'delete /api/loop-filters/{id}',
];

/** A client has a link, and no account. */
const BY_NOBODY = /client-answers$/;

/** What comes before a session: by the secret that is sent, from a page of the hub. */
const BEFORE_A_SESSION =
  /^post \/api\/(setup|session|session\/link|invitations\/\w+|client-answers(\/look)?|mailbox\/(code|open))$/;
/** A server tells, and no browser: by a token that is signed. */
const OF_SERVERS = /back-channel-logout$/;

let world: World;
beforeAll(async () => {
  world = await openWorld();
}, 60_000);
afterAll(() => world?.close());

test('there is a story for each route that changes something', () => {
  expect(Object.keys(STORIES).sort()).toEqual([...ROUTES].sort());
  expect(ROUTES.length).toBeGreaterThan(45);
});

// The hub is set up by its first person.
const FIRST = 'post /api/setup';
const SET_UP_FIRST = Object.entries(STORIES).sort(([a], [b]) => Number(b === FIRST) - Number(a === FIRST));

describe.each(SET_UP_FIRST)('%s', (route, story) => {
  const [method = ''] = route.split(' ');

  test('leaves an entry in the audit, in the name of who has done it', async () => {
    const { by, path, body, headers } = await story(world);
    const answer = await by.send(method.toUpperCase(), path, body, headers);
    expect([answer.status < 300, answer.body]).toEqual([true, answer.body]);
    const entries = await world.hub.deps.db.query<{ who: string | null }>(
      `SELECT coalesce(person_id, client_id, about_person) AS who FROM audit WHERE request_id = $1`,
      [answer.headers.get('x-request-id')],
    );
    // What the hub does because of it is done by the hub.
    const named = entries.filter(({ who }) => who !== null || BY_NOBODY.test(route));
    expect(named.length > 0).toBe(!LEAVES_NOTHING.includes(route));
  });

  test('is not done by a page of another site', async () => {
    const sent = BEFORE_A_SESSION.test(route) ? openBrowser(world.hub.url) : await world.somebody();
    const path = route.replace(`${method} `, '').replaceAll(/\{\w+\}/g, 'an-id');
    if (OF_SERVERS.test(route)) return;
    const forged = BEFORE_A_SESSION.test(route)
      ? [{ 'sec-fetch-site': 'cross-site' }, { origin: 'https://evil.example' }]
      : [{ 'x-csrf-token': '' }, { 'sec-fetch-site': 'cross-site' }, { 'sec-fetch-site': 'same-site' }];
    for (const headers of forged) {
      const answer = await sent.send(method.toUpperCase(), path, {}, headers as Record<string, string>);
      expect([answer.status, codeOf(answer)]).toEqual([
        403,
        expect.stringMatching(/^(people\.csrf|access\.other-origin)$/),
      ]);
    }
  });
});

test('what the hub does by hand for somebody is told of them, and of the client', async () => {
  const by = await world.somebody();
  const id = await world.loop('completed');
  const { client } = (await by.send<{ client: { reference: string } }>('GET', `/api/loops/${id}`)).body;
  const path = `/api/loops/${id}/close`;
  const answer = await by.send('POST', path, { outcome: 'services-provided', text: 'All is well' });
  const said = await world.hub.deps.db.query(
    'SELECT action, interaction, resource_type, resource_id, query, patient FROM audit WHERE request_id = $1 AND person_id = $2',
    [answer.headers.get('x-request-id'), by.personId],
  );
  const about = { resource_type: 'Task', resource_id: id, patient: client.reference.split('/')[1] };
  expect(said).toEqual([{ action: 'E', interaction: 'operation', query: 'loops/*/close', ...about }]);
  // What is refused was not done.
  const again = await by.send('POST', path, { outcome: 'services-provided', text: 'All is well' });
  const [entry] = await world.hub.deps.db.query('SELECT refusal FROM audit WHERE request_id = $1', [
    again.headers.get('x-request-id'),
  ]);
  expect([again.status, entry]).toEqual([422, undefined]);
});

describe('what is read', () => {
  const gets = Object.keys(paths).filter((path) => paths[path]?.get);

  test('is of clients, or of none: each route is known', () => {
    expect([...Object.keys(READS), ...Object.keys(BY_VISITORS), ...TELL_OF_NO_CLIENT].sort()).toEqual([...gets].sort());
  });

  test.each(Object.entries(BY_VISITORS))(
    'at %s leaves an entry for the client, in the name of who came by a mailbox',
    async (_path, read) => {
      const asked = await askedOf(world);
      const by = await comeByMailbox(world.hub, asked);
      const response = await fetch(`${world.hub.url}${await read(by)}`, {
        headers: { cookie: `careloop=${by.cookie()}` },
      });
      expect(response.status).toBe(200);
      const entries = await world.hub.deps.db.query(
        `SELECT name, person_roles FROM audit JOIN mailbox_visit v ON v.id::text = person_id
         WHERE request_id = $1 AND v.task_id = $2 AND patient IS NOT NULL`,
        [response.headers.get('x-request-id'), asked.taskId],
      );
      expect(entries).toEqual([{ name: 'Kim Frontdesk', person_roles: 'mailbox' }]);
    },
  );

  test.each(Object.entries(READS))(
    'at %s leaves an entry for the client, in the name of who reads',
    async (_path, read) => {
      const by = await world.somebody();
      const loop = await world.loop('completed');
      const { client } = (await by.send<{ client: { reference: string } }>('GET', `/api/loops/${loop}`)).body;
      const patient = client.reference.split('/')[1] ?? '';
      const path = await read(world, { patient, loop });
      const response = await fetch(`${world.hub.url}${path}`, { headers: { cookie: `careloop=${by.cookie()}` } });
      expect([path, response.status]).toEqual([path, 200]);
      const entries = await world.hub.deps.db.query(
        'SELECT 1 FROM audit WHERE request_id = $1 AND person_id = $2 AND patient = $3',
        [response.headers.get('x-request-id'), by.personId, patient],
      );
      expect(entries.length).toBeGreaterThan(0);
    },
  );
});
