import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createApp } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import { openDeps } from '../../src/deps.ts';
import { listen, stopListening } from '../../src/http/listen.ts';
import { call } from '../support/api.ts';
import { type FreshStore, freshStore } from '../support/database.ts';
import { freePort } from '../support/free-port.ts';
import { addOperator } from '../support/operator.ts';
import { askForToken, claimsOf, makeKey, type ProgramKey } from '../support/program.ts';

const server = process.env.TEST_DATABASE_URL ? describe : describe.skip;
const PUBLIC_URL = 'https://hub.example/care';
const ENDPOINT = `${PUBLIC_URL}/oauth/token`;

/** Several APIs behind one public address, on the same database. */
server('an assertion for a hub of several APIs', () => {
  let store: FreshStore;
  let key: ProgramKey;
  let id: string;
  let apis: { readonly url: string; close(): Promise<void> }[] = [];
  const startApi = async (): Promise<void> => {
    const config = readConfig({ ...store.settings, PORT: String(await freePort()), LOG_LEVEL: 'silent', PUBLIC_URL });
    const deps = await openDeps(config);
    const { server: http, url } = await listen(createApp(deps), config);
    await addOperator(deps.db, url);
    apis.push({ url, close: () => stopListening(http).then(deps.close) });
  };
  beforeEach(async () => {
    store = await freshStore('server');
    apis = [];
    for (let at = 0; at < 3; at += 1) await startApi();
    key = await makeKey('ES384');
    const body = {
      name: 'A program',
      organizationId: 'careloop',
      jwks: { keys: [key.publicKey] },
      scopes: ['system/Task.rs'],
    };
    id = (await call<{ id: string }>('POST', `${apis[0]?.url}/api/clients`, { body })).body.id;
  });
  afterEach(async () => {
    await Promise.all(apis.map((api) => api.close()));
    await store.remove();
  });

  test('is good once, whichever of them it comes to, and its token is good at all of them', async () => {
    const assertion = await key.sign(claimsOf(id, ENDPOINT, new Date()));
    const asked = [...apis, ...apis].map(({ url }) => askForToken(`${url}/oauth/token`, assertion, 'system/Task.rs'));
    const answers = await Promise.all(asked);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 401, 401, 401, 401, 401]);
    const token = answers.find(({ status }) => status === 200)?.body.access_token;
    const used = await Promise.all(apis.map(({ url }) => call('GET', `${url}/fhir/R4/Task`, { token })));
    expect(used.map(({ status }) => status)).toEqual([200, 200, 200]);
  });

  test('names the public address, which no request can change', async () => {
    const [{ url } = { url: '' }] = apis;
    const found = await call('GET', `${url}/fhir/R4/.well-known/smart-configuration`);
    expect(found.body).toMatchObject({ token_endpoint: ENDPOINT });
    for (const audience of [`${url}/oauth/token`, `${ENDPOINT}/`, ENDPOINT.replace('https', 'http')]) {
      const assertion = await key.sign(claimsOf(id, audience, new Date()));
      const { body } = await askForToken(`${url}/oauth/token`, assertion, 'system/Task.rs');
      expect(body).toMatchObject({ error: 'invalid_client', error_description: expect.stringContaining(ENDPOINT) });
    }
  });
});
