import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createApp } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import { listen, stopListening } from '../../src/http/listen.ts';
import { addressOf, peopleSettings } from '../../src/settings.ts';
import { call, done } from '../support/api.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { operatorToken, rememberOperator } from '../support/operator.ts';
import { answersIn, type RawAnswer, sayRaw } from '../support/raw.ts';

/** Only this machine reaches it, but by a name that is none of loopback's: any host may be said. */
const OPEN_TO_OTHERS = { HOST: '::ffff:127.0.0.1' };
const BODY = '{"resourceType":"Patient"}';

describe('a hub that others reach, without PUBLIC_URL', () => {
  let hub: TestHub;
  let here = '';
  let binary = '';
  beforeAll(async () => {
    hub = await startHub('embedded', { settings: OPEN_TO_OTHERS });
    here = `http://127.0.0.1:${new URL(hub.url).port}/fhir/R4`;
    const made = await fetch(`${here}/Binary`, {
      method: 'POST',
      headers: { authorization: `Bearer ${operatorToken(hub.url)}`, 'content-type': 'text/plain' },
      body: 'kept',
    });
    binary = new URL(made.headers.get('location') ?? '').pathname.replace(/\/_history.*/, '');
  });
  afterAll(() => hub?.close());

  const say = async (line: string, headers: readonly string[], body = ''): Promise<RawAnswer> => {
    const known = [`Authorization: Bearer ${operatorToken(hub.url)}`, 'Connection: close'];
    const sent = body === '' ? [] : ['Content-Type: application/fhir+json', `Content-Length: ${body.length}`];
    const [answer] = answersIn(
      await sayRaw(hub.url, Buffer.from([line, ...headers, ...known, ...sent, '', body].join('\r\n'), 'latin1')),
    );
    return answer as RawAnswer;
  };
  const linkOf = ({ body }: RawAnswer): string => JSON.parse(body).link[0].url;

  test('that is asked by HTTP/1.0 without a host names the address of the connection in links, fullUrl and Location', async () => {
    const made = await say('POST /fhir/R4/Patient HTTP/1.0', [], BODY);
    expect([made.status, made.headers.location]).toEqual([201, expect.stringMatching(`^${here}/Patient/`)]);
    const found = JSON.parse((await say('GET /fhir/R4/Patient?_count=1 HTTP/1.0', [])).body);
    expect([found.link[0].url, found.entry[0].fullUrl]).toEqual([
      `${here}/Patient?_count=1`,
      expect.stringMatching(`^${here}/Patient/`),
    ]);
    expect(linkOf(await say('GET /fhir/R4/Patient?_summary=count HTTP/1.1', ['Host: ']))).toBe(
      `${here}/Patient?_summary=count`,
    );
  });

  test.each([
    ['hub.example', 'http://hub.example'],
    ['hub_1.example:8080', 'http://hub_1.example:8080'],
    ['[::1]:80', 'http://[::1]:80'],
  ])('takes the host %s, and names it', async (host, named) => {
    expect(linkOf(await say('GET /fhir/R4/Patient?_summary=count HTTP/1.1', [`Host: ${host}`]))).toBe(
      `${named}/fhir/R4/Patient?_summary=count`,
    );
  });

  test('takes the host in the address for that of the header', async () => {
    const asked = 'GET http://hub.example:81/fhir/R4/Patient?_summary=count HTTP/1.1';
    expect(linkOf(await say(asked, ['Host: other.example']))).toBe(
      'http://hub.example:81/fhir/R4/Patient?_summary=count',
    );
  });

  test.each([
    ['somebody before it', ['Host: user:pw@hub.example']],
    ['a path', ['Host: hub.example/elsewhere']],
    ['a query', ['Host: hub.example?x']],
    ['what is no name', ['Host: "><script>']],
    ['letters that are none of ASCII', ['Host: h\u00fcb.example']],
    ['a port there is not', ['Host: hub.example:99999']],
    ['no address', ['Host: [:::]']],
    ['another beside it', ['Host: hub.example', 'host: other.example']],
  ])('refuses a host with %s', async (_name, headers) => {
    for (const path of ['/fhir/R4/Patient', '/api/loops', '/health']) {
      const { status, body } = await say(`GET ${path} HTTP/1.1`, headers);
      expect([path, status, JSON.parse(body).issue[0].details.coding[0].code]).toEqual([path, 400, 'http.host']);
    }
  });

  test.each(['http://user@hub.example', 'http://hub.example:99999', 'http://[:::]', 'http://'])(
    'refuses an address that begins with %s',
    async (start) => {
      expect(await say(`GET ${start}${binary} HTTP/1.1`, ['Host: hub.example'])).toMatchObject({ status: 400 });
    },
  );
});

test('a public address may be set with a slash at its end', async () => {
  const hub = await startHub('embedded', { settings: { PUBLIC_URL: 'https://hub.example/' } });
  const answer = await call('POST', `${hub.fhir}/Patient`, { body: JSON.parse(BODY) });
  await hub.close();
  expect(answer.headers.get('location')).toMatch(/^https:\/\/hub\.example\/fhir\/R4\/Patient\//);
});

test('a hub that listens on an address of IPv6 has it in brackets', async () => {
  const hub = await startHub('embedded');
  const { server, url } = await listen(createApp(hub.deps), { ...hub.deps.config, HOST: '::1', PORT: 0 });
  rememberOperator(url, operatorToken(hub.url) ?? '');
  const made = await done(call('POST', `${url}/fhir/R4/Patient`, { body: JSON.parse(BODY) }));
  await stopListening(server);
  await hub.close();
  expect([url, made.resourceType]).toEqual([expect.stringMatching(/^http:\/\/\[::1\]:\d+$/), 'Patient']);
});

test('the addresses in links are those by which the hub is reached: with brackets, and by https where it speaks that', () => {
  const config = readConfig({ HOST: '::1', PORT: '81', TLS_CERT_FILE: 'cert.pem' });
  const { hubAddress } = peopleSettings(config);
  expect([addressOf(config), hubAddress({ get: () => undefined }), hubAddress({ get: () => 'localhost:81' })]).toEqual([
    'https://[::1]:81/fhir/R4',
    'https://[::1]:81',
    'https://localhost:81',
  ]);
});
