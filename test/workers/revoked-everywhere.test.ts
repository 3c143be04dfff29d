import { afterEach, describe, expect, test } from '@jest/globals';
import { createApp } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import { type Deps, openDeps } from '../../src/deps.ts';
import { listen, stopListening } from '../../src/http/listen.ts';
import { call } from '../support/api.ts';
import { createClock } from '../support/clock.ts';
import { type FreshStore, freshStore } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { addOperator } from '../support/operator.ts';

const server = process.env.TEST_DATABASE_URL ? describe : describe.skip;

/** One API of several on the same database. Its clock stands still: what it remembers does not grow old. */
interface Api {
  readonly url: string;
  readonly deps: Deps;
  close(): Promise<void>;
}

async function startApi(store: FreshStore): Promise<Api> {
  const config = readConfig({ ...store.settings, PORT: String(await freePort()), LOG_LEVEL: 'silent' });
  const deps = await openDeps(config, { now: createClock().now });
  const { server, url } = await listen(createApp(deps), config);
  await addOperator(deps.db, url);
  return { url, deps, close: () => stopListening(server).then(deps.close) };
}

server('a token that was revoked', () => {
  let store: FreshStore;
  let apis: Api[] = [];
  afterEach(async () => {
    await Promise.all(apis.map((api) => api.close()));
    await store.remove();
  });

  const begin = async (): Promise<{ first: Api; second: Api; id: string; token: string }> => {
    store = await freshStore('server');
    const [first, second] = [await startApi(store), await startApi(store)];
    apis = [first, second];
    const body = { name: 'A program', organizationId: 'careloop-partner' };
    await call('PUT', `${first.url}/fhir/R4/Organization/careloop-partner`, {
      body: { resourceType: 'Organization', id: 'careloop-partner', name: 'Partner' },
    });
    const made = await call<{ id: string; token: string }>('POST', `${first.url}/api/clients`, { body });
    // Who is asked by a program begins to hear of revocations.
    for (const api of apis) expect(await statusAt(api, made.body.token)).toBe(200);
    return { first, second, ...made.body };
  };
  const statusAt = async ({ url }: Api, token: string): Promise<number> =>
    (await call('GET', `${url}/fhir/R4/Task?_count=1`, { token })).status;
  const listening = `FROM pg_stat_activity WHERE datname = current_database() AND query = 'LISTEN careloop_revoked'`;
  /** Until the answer comes from memory, which it does while revocations are heard of: then a row that is taken away quietly is not missed. */
  const remember = async (api: Api, token: string): Promise<void> => {
    await eventually(async () => {
      const heardAt = await api.deps.db.query(`SELECT pid ${listening} AND state = 'idle'`);
      expect(heardAt).toHaveLength(apis.length);
    });
    for (let times = 0; times < 20; times += 1) expect(await statusAt(api, token)).toBe(200);
  };

  test('is refused by every API, though each has just seen that it is good', async () => {
    const { first, second, id, token } = await begin();
    await remember(second, token);
    await remember(first, token);
    expect((await call('DELETE', `${first.url}/api/clients/${id}`)).status).toBe(204);
    expect(await statusAt(first, token)).toBe(401);
    await eventually(async () => expect(await statusAt(second, token)).toBe(401));
  });

  test('in the database by hand, is refused by every API', async () => {
    const { first, second, token } = await begin();
    await remember(first, token);
    await remember(second, token);
    await first.deps.db.query('UPDATE access_token SET revoked_at = now()', []);
    for (const api of apis) await eventually(async () => expect(await statusAt(api, token)).toBe(401));
  });

  test('while an API hears nothing, is refused by it all the same', async () => {
    const { first, second, token } = await begin();
    // Nobody announces anything: only because the connection was lost is the token looked up.
    await first.deps.db.query('ALTER TABLE access_token DISABLE TRIGGER access_token_revoked');
    await remember(second, token);
    await first.deps.db.query('UPDATE access_token SET revoked_at = now()', []);
    expect(await statusAt(second, token)).toBe(200);
    await first.deps.db.query(`SELECT pg_terminate_backend(pid) ${listening}`);
    await eventually(async () => expect(await statusAt(second, token)).toBe(401));
  });
});
