import { afterEach, expect, test } from '@jest/globals';
import { newKey } from '../../src/secrets/keys.ts';
import { call, done, found } from '../support/api.ts';
import { databaseKinds, freshStore } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { addPartner, sendReferral } from '../support/network.ts';
import { killPrograms, startProgram } from '../support/processes.ts';
import { openHook, subscriptionTo } from '../support/subscriber.ts';

const CANARY = 'Plmoknijcanary';

afterEach(killPrograms);

test.each(databaseKinds())(
  'a secret is in no log line, whatever becomes of it (%s)',
  async (kind) => {
    const store = await freshStore(kind);
    const port = String(await freePort());
    const key = newKey();
    const settings = { ...store.settings, PORT: port, LOG_LEVEL: 'trace', SECRETS_KEYS: key, RETRY_SCHEDULE_MS: '50' };
    const program = startProgram('workers/all-in-one.ts', { settings });
    await program.line(/is ready/);
    const url = `http://127.0.0.1:${port}`;
    const hub = { url, fhir: `${url}/fhir/R4` };
    const server = await openHook();
    server.answers.push(500, 403, 403);
    const agency = await addPartner(hub, 'Harvest Food Bank', { address: server.url });
    const [endpoint] = found(await call('GET', `${hub.fhir}/Endpoint`));
    const path = `${url}/api/endpoints/${endpoint?.id}/credentials`;
    const json = { 'content-type': 'application/json' };
    await call('PUT', path, { headers: json, body: { kind: 'bearer', token: CANARY } });
    await call('PUT', path, { headers: json, body: { kind: 'bearer', token: `${CANARY}\n` } });
    await call('PUT', path, { headers: json, body: `{"kind":"bearer","token":"${CANARY}` });
    await done(
      call('POST', `${hub.fhir}/Subscription`, { body: subscriptionTo(server.url, { header: [`X: ${CANARY}`] }) }),
    );
    await call('POST', `${hub.fhir}/Subscription`, {
      body: subscriptionTo(server.url, { header: [`X: ${CANARY}\u0001`] }),
    });
    await sendReferral(hub, await addPartner(hub, 'St. Anna Hospital'), { owner: `Organization/${agency.id}` });
    await eventually(async () => expect(server.seen.length).toBeGreaterThanOrEqual(2));
    await program.stop();
    expect(server.seen.some(({ headers }) => headers.authorization === `Bearer ${CANARY}`)).toBe(true);
    expect(program.stderr()).toContain('request refused');
    expect(program.stdout() + program.stderr()).not.toContain(CANARY);
    expect(program.stdout() + program.stderr()).not.toContain(String(key.split(':')[1]));
    const check = startProgram('src/cli.ts', { args: ['secrets', 'check'], settings });
    expect(await check.ended()).toBe(0);
    expect(check.stdout()).toBe(`2 secrets are sealed by the key ${key.split(':')[0]}\n`);
    await server.close();
    await store.remove();
  },
  180_000,
);
