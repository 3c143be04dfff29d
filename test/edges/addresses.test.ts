import { once } from 'node:events';
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openApiDocument } from '../../src/openapi.ts';
import { call } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { operatorToken } from '../support/operator.ts';

/** As written: nothing tidies the address up on the way. */
async function ask(hub: TestHub, path: string): Promise<{ status: number; text: string }> {
  const headers = { authorization: `Bearer ${operatorToken(hub.url)}` };
  const asked = request({ host: '127.0.0.1', port: new URL(hub.url).port, path, agent: false, headers }).end();
  const [response] = await once(asked, 'response');
  let text = '';
  for await (const chunk of response) text += chunk;
  return { status: response.statusCode, text };
}

const INJECTED = [
  "'",
  "''",
  "';DROP TABLE resource;--",
  "x' OR '1'='1",
  '\\',
  '%27',
  '$1',
  '%00',
  "');SELECT pg_sleep(9);--",
  '{{x}}',
  '" OR 1=1',
  '%',
  '_',
  "\u2019'",
];

describe.each(databaseKinds())('an address (%s)', (kind) => {
  let hub: TestHub;
  beforeAll(async () => {
    hub = await startHub(kind);
    await call('POST', `${hub.fhir}/Patient`, { body: { resourceType: 'Patient', name: [{ family: 'Only' }] } });
  });
  afterAll(() => hub?.close());

  test.each(['/fhir/R4', '/FHIR/r4', 'http://careloop.example/fhir/R4'])(
    'of the FHIR API is one in any letters, and with the name of a host: %s',
    async (base) => {
      for (const open of ['/metadata', '/metadata/?_summary=true', '/.well-known/smart-configuration']) {
        expect([open, (await ask(hub, `${base}${open}`)).status]).toEqual([open, 200]);
      }
      const { text } = await ask(hub, `${base}?_type=Patient&name=only`);
      expect(JSON.parse(text)).toMatchObject({ resourceType: 'Bundle', entry: [{}] });
      expect(JSON.parse((await ask(hub, `${base}/Patient?name=only&_summary=count`)).text)).toMatchObject({ total: 1 });
      expect(await ask(hub, `${base}/Patient/nobody`)).toMatchObject({ status: 404 });
      expect(await ask(hub, `${base}x/metadata`)).toMatchObject({ status: 404 });
    },
  );

  test.each([
    '/../../etc/passwd',
    '/assets/../../../../etc/passwd',
    '/assets/..%2f..%2f..%2fetc/passwd',
    '/assets/%2e%2e/%2e%2e/package.json',
    '/..%5c..%5cpackage.json',
    '/assets//etc/passwd',
    '/%2fetc/passwd',
    '/fhir/R4/../../package.json',
    '/fhir/R4/Patient/..%2f..%2fx',
    '/assets/%00package.json',
    '/.env',
    '/assets/.%2e/index.html%00',
    '/data/secrets.keys',
    'http://elsewhere.example/etc/passwd',
  ])('leads to no file: %s', async (path) => {
    const { status, text } = await ask(hub, path);
    expect({ path, found: status < 300 }).toEqual({ path, found: false });
    expect(text).not.toMatch(/root:|"dependencies"|SECRETS_KEYS/);
    expect(status).toBeLessThan(500);
  });

  test.each(INJECTED)('is no SQL, whatever stands in it: %s', async (text) => {
    const value = encodeURIComponent(text);
    const searches = [
      'name',
      'name:exact',
      'name:contains',
      'identifier',
      '_id',
      '_sort',
      'birthdate',
      '_has:Task:patient:status',
      'general-practitioner.name',
      '_lastUpdated',
      '_count',
      '_summary',
      '_include',
      '_tag',
      'link',
      'address',
    ];
    for (const name of searches) {
      const { status, body } = await call('GET', `${hub.fhir}/Patient?${name}=${value}`);
      expect({ name, isFault: status >= 500 }).toEqual({ name, isFault: false });
      expect(JSON.stringify(body)).not.toMatch(/syntax error at|unterminated|relation \\"/);
    }
    for (const path of [
      `Patient?${value}=1`,
      `Patient/${value}`,
      `${value}`,
      `Patient/x/_history/${value}`,
      `Patient/$${value}`,
    ]) {
      expect((await call('GET', `${hub.fhir}/${path}`)).status).toBeLessThan(500);
    }
    expect((await call('GET', `${hub.url}/api/loops?state=${value}&cursor=${value}`)).status).toBeLessThan(500);
    expect(await call('GET', `${hub.fhir}/Patient?family=only`)).toMatchObject({ body: { total: 1 } });
  });
});

interface Described {
  readonly paths: Readonly<Record<string, { readonly get?: { readonly parameters?: { in: string; name: string }[] } }>>;
}

describe('every parameter of the JSON API', () => {
  let hub: TestHub;
  beforeAll(async () => {
    hub = await startHub(databaseKinds().at(-1) ?? 'embedded');
  });
  afterAll(() => hub?.close());

  const { paths } = openApiDocument() as unknown as Described;
  // What is told as it happens takes no parameter, and its answer does not end.
  const described = Object.entries(paths).flatMap(([path, { get }]) =>
    get && path !== '/api/events' ? [[path, get] as const] : [],
  );

  test('is described', () => {
    expect(described.length).toBeGreaterThan(20);
    expect(described.flatMap(([, { parameters = [] }]) => parameters).length).toBeGreaterThan(40);
    expect(paths['/api/events']?.get?.parameters ?? []).toEqual([]);
  });

  test.each(described)('is no SQL at GET %s', async (path, { parameters = [] }) => {
    const asked = parameters.filter((each) => each.in === 'query').map(({ name }) => name);
    for (const text of INJECTED) {
      const value = encodeURIComponent(text);
      const at = path.replaceAll(/\{\w+\}/g, value);
      for (const query of [
        '',
        ...asked.map((name) => `?${name}=${value}`),
        `?${asked.map((name) => `${name}=${value}`).join('&')}`,
      ]) {
        const { status, text: said } = await ask(hub, `${at}${query}`);
        expect({ at, query, isFault: status >= 500 }).toEqual({ at, query, isFault: false });
        expect(said).not.toMatch(/syntax error at|unterminated|relation \\?"|pg_sleep\(9\) /);
      }
    }
  });
});
