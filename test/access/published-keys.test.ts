import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { LEAST_BETWEEN_MS } from '../../src/access/tokens/published-keys.ts';
import { createClock } from '../support/clock.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { askForToken, claimsOf, makeKey, type ProgramKey } from '../support/program.ts';
import { addOrganization, addProgram, endpointOf } from './programs.ts';

const clock = createClock();
let hub: TestHub;
let organization: string;
let server: Server;
let answer: RequestListener;
let asked: string[];
let address: string;
let id: string;
let [first, second]: ProgramKey[] = [];

beforeAll(async () => {
  hub = await startHub('embedded', { now: clock.now });
  organization = await addOrganization(hub, 'St. Anna Hospital');
  [first, second] = [await makeKey('ES384', 'first'), await makeKey('RS384', 'second')];
});
afterAll(() => hub.close());

beforeEach(async () => {
  asked = [];
  server = createServer((request, response) => {
    asked.push(request.url ?? '');
    answer(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`;
  id = await addProgram(hub, organization, { jwksUri: address, scopes: ['system/Task.rs'] });
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const publish =
  (keys: readonly (ProgramKey | undefined)[], headers: Record<string, string> = {}): RequestListener =>
  (_request, response) =>
    response.writeHead(200, headers).end(JSON.stringify({ keys: keys.map((key) => key?.publicKey) }));

async function ask(key: ProgramKey | undefined, header: Record<string, unknown> = {}): Promise<string> {
  const assertion = (await key?.sign(claimsOf(id, endpointOf(hub), clock.now()), header)) ?? '';
  const { status, body } = await askForToken(endpointOf(hub), assertion, 'system/Task.rs');
  return status === 200 ? 'given' : `${body.error}: ${body.error_description}`;
}

const reasons = async (): Promise<string[]> => {
  const rows = await hub.deps.db.query<{ reason: string }>(
    'SELECT refusal AS reason FROM refusal WHERE client_id = $1',
    [id],
  );
  return rows.map(({ reason }) => reason);
};

test('keys are fetched once, and again when their time is over', async () => {
  answer = publish([first], { 'cache-control': 'max-age=120' });
  expect([await ask(first), await ask(first, { jku: address })]).toEqual(['given', 'given']);
  clock.advance(119_000);
  expect([await ask(first), asked.length]).toEqual(['given', 1]);
  clock.advance(1_000);
  expect([await ask(first), asked.length]).toEqual(['given', 2]);
});

test('a key that was withdrawn is not good any more when the time of the set is over', async () => {
  answer = publish([first, second]);
  expect(await ask(first)).toBe('given');
  answer = publish([second]);
  clock.advance(3_600_000);
  expect(await ask(first)).toMatch(/^invalid_client: .*No registered key has its kid/);
});

test('a new key is fetched when it is named, but not more often than so', async () => {
  answer = publish([first]);
  expect(await ask(first)).toBe('given');
  answer = publish([first, second]);
  // Just now it was fetched: nobody has us ask again and again by naming keys that do not exist.
  for (let times = 0; times < 10; times += 1) expect(await ask(second)).toMatch(/^invalid_client/);
  expect(asked).toHaveLength(1);
  clock.advance(LEAST_BETWEEN_MS);
  expect([await ask(second), asked.length]).toEqual(['given', 2]);
});

test('those who ask at the same time wait for one answer', async () => {
  answer = publish([first]);
  expect(await Promise.all([ask(first), ask(first), ask(first)])).toEqual(['given', 'given', 'given']);
  expect(asked).toHaveLength(1);
});

test('an assertion cannot say where else its keys are', async () => {
  answer = publish([first]);
  expect(await ask(first, { jku: `${address}/others` })).toMatch(/^invalid_client: .*jku is not the address/);
  expect([await reasons(), asked]).toEqual([['assertion-jku'], []]);
});

/** What is no answer with keys. */
const NO_KEYS: readonly [string, () => RequestListener][] = [
  [
    'sends elsewhere',
    () => (request, response) =>
      request.url === '/keys'
        ? response.writeHead(302, { location: '/elsewhere' }).end()
        : publish([first])(request, response),
  ],
  ['fails', () => (_request, response) => response.writeHead(500).end('{"keys": []}')],
  ['answers no JSON', () => (_request, response) => response.end('<keys/>')],
  ['answers no keys', () => (_request, response) => response.end('{"keys": "none"}')],
  [
    'answers without an end',
    () => (_request, response) => response.end(JSON.stringify({ keys: [first?.publicKey], x: 'x'.repeat(70_000) })),
  ],
  ['hangs up', () => (request) => request.socket.destroy()],
];

test.each(NO_KEYS)('there is no token when the address of the keys %s', async (_what, listener) => {
  answer = listener();
  expect(await ask(first)).toMatch(/^invalid_client: .*cannot be fetched/);
  expect([await reasons(), asked]).toEqual([['keys-not-fetched'], ['/keys']]);
});

test('a secret that is published verifies nothing', async () => {
  answer = (_request, response) =>
    response.end(JSON.stringify({ keys: [{ ...first?.publicKey, d: first?.publicKey.x }] }));
  expect(await ask(first)).toMatch(/^invalid_client: .*No registered key/);
});
