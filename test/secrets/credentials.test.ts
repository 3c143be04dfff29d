import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Endpoint, Task } from '@medplum/fhirtypes';
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose';
import { newKey, type SecretKey } from '../../src/secrets/keys.ts';
import { rotateSecrets } from '../../src/secrets/rotate.ts';
import { addOrganization, addProgram } from '../access/programs.ts';
import { call, done, found } from '../support/api.ts';
import { createClock } from '../support/clock.ts';
import { databaseKinds } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { addPartner, type Partner, sendReferral } from '../support/network.ts';
import { type Hook, manyHooks, openHook, subscribe } from '../support/subscriber.ts';
import { tablesWith } from './canary.ts';

const CANARY = 'Vbnmkcanary';

describe.each(databaseKinds())("what the hub presents to a partner's server (%s)", (kind) => {
  const clock = createClock();
  const hooks = manyHooks();
  const said: string[] = [];
  let hub: TestHub;
  /** Gives out tokens, as any SMART server does: another hub. */
  let issuer: TestHub;
  let hospital: Partner;
  let agency: Partner;
  let server: Hook;
  let endpoint: Endpoint & { id: string };

  beforeAll(async () => {
    const settings = { SECRETS_KEYS: `${newKey()},${newKey()}` };
    hub = await startHub(kind, { workers: true, now: clock.now, settings });
    issuer = await startHub('embedded', { now: clock.now });
    hospital = await addPartner(hub, 'St. Anna Hospital');
  });
  afterAll(async () => {
    await hub?.close();
    await issuer?.close();
    await hooks.close();
  });
  beforeEach(async () => {
    server = await hooks.open();
    agency = await addPartner(hub, 'Harvest Food Bank', { address: server.url });
    const search = await call('GET', `${hub.fhir}/Endpoint?organization=Organization/${agency.id}`);
    [endpoint] = found<Endpoint>(search) as [Endpoint & { id: string }];
  });

  const credentials = async (
    method: string,
    body?: object,
    token = agency.token,
  ): Promise<{ status: number; body: unknown }> => {
    const url = `${hub.url}/api/endpoints/${endpoint.id}/credentials`;
    const headers = { 'content-type': 'application/json' };
    const answer = await call(method, url, { token, headers, ...(body ? { body } : {}) });
    said.push(JSON.stringify(answer.body ?? ''));
    return answer;
  };
  const refer = (): Promise<string> => sendReferral(hub, hospital, { owner: `Organization/${agency.id}` });
  const heard = (name = 'authorization'): unknown[] => server.seen.map(({ headers }) => headers[name]);

  test.each([
    [{ kind: 'bearer', token: `${CANARY}1` }, 'authorization', `Bearer ${CANARY}1`],
    [
      { kind: 'basic', username: 'hub', password: `${CANARY}2: é` },
      'authorization',
      `Basic ${Buffer.from(`hub:${CANARY}2: é`).toString('base64')}`,
    ],
    [{ kind: 'header', name: 'X-Api-Key', value: `${CANARY}3` }, 'x-api-key', `${CANARY}3`],
  ])('reaches it, and is told nobody: %j', async (credential, header, value) => {
    expect(await credentials('PUT', credential)).toMatchObject({ status: 200 });
    expect(await credentials('GET')).toMatchObject({
      status: 200,
      body: {
        kind: credential.kind,
        origin: new URL(server.url).origin,
        setAt: clock.now().toISOString(),
        setBy: { organizationId: agency.id },
      },
    });
    await refer();
    await eventually(async () => expect(heard(header)).toEqual([value]));
  });

  test('goes with every delivery while all secrets are sealed by another key, and by the first again', async () => {
    await credentials('PUT', { kind: 'bearer', token: `${CANARY}8` });
    const [one, other] = hub.deps.secretKeys as [SecretKey, SecretKey];
    const rotated: number[] = [];
    const rotate = async (): Promise<void> => {
      for (let times = 0; times < 20; times += 1) {
        const { resealed } = await rotateSecrets(hub.deps.db, times % 2 === 0 ? [other, one] : [one, other]);
        rotated.push(resealed);
      }
    };
    await Promise.all([rotate(), ...Array.from({ length: 8 }, refer)]);
    await eventually(async () => expect(heard()).toEqual(Array(8).fill(`Bearer ${CANARY}8`)));
    expect(Math.min(...rotated)).toBeGreaterThan(0);
  });

  test('is the header of the Endpoint itself, where it has one', async () => {
    await done(
      call('PUT', `${hub.fhir}/Endpoint/${endpoint.id}`, {
        body: { ...endpoint, header: [`X-Tenant: ${CANARY}4`, 'no header'] },
      }),
    );
    await refer();
    await eventually(async () => expect(heard('x-tenant')).toEqual([`${CANARY}4`]));
  });

  test('is nothing, when it was dropped or never set', async () => {
    expect(await credentials('GET')).toMatchObject({ status: 404 });
    await credentials('PUT', { kind: 'bearer', token: `${CANARY}5` });
    expect(await credentials('DELETE')).toMatchObject({ status: 204 });
    expect(await credentials('DELETE')).toMatchObject({ status: 404 });
    await refer();
    await eventually(async () => expect(heard()).toEqual([undefined]));
  });

  test('does not follow an Endpoint to another server', async () => {
    await credentials('PUT', { kind: 'bearer', token: `${CANARY}6` });
    const other = await hooks.open();
    await done(call('PUT', `${hub.fhir}/Endpoint/${endpoint.id}`, { body: { ...endpoint, address: other.url } }));
    const loop = await refer();
    await eventually(async () => {
      const { body } = await call('GET', `${hub.url}/api/loops/${loop}`);
      expect(JSON.stringify(body)).toContain('credential-for-other-server');
    });
    expect(other.seen).toEqual([]);
  });

  test("is not another one's to set, read or drop", async () => {
    await credentials('PUT', { kind: 'bearer', token: `${CANARY}7` });
    for (const method of ['GET', 'DELETE'])
      expect(await credentials(method, undefined, hospital.token)).toMatchObject({ status: 404 });
    expect(await credentials('PUT', { kind: 'bearer', token: 'x' }, hospital.token)).toMatchObject({ status: 404 });
    await refer();
    await eventually(async () => expect(heard()).toEqual([`Bearer ${CANARY}7`]));
  });

  test.each([
    ['of no kind', { kind: 'password', token: `${CANARY}8` }],
    ['with a line break', { kind: 'bearer', token: `${CANARY}8\r\nX: y` }],
    ['that the hub sets itself', { kind: 'header', name: 'Host', value: `${CANARY}8` }],
    ['with more than is known', { kind: 'bearer', token: `${CANARY}8`, more: `${CANARY}8` }],
  ])('is refused %s, and not repeated', async (_name, credential) => {
    expect(await credentials('PUT', credential)).toMatchObject({ status: 400 });
  });

  test('is asked for at a token endpoint that the hub may call', async () => {
    const backend = { kind: 'smart-backend', tokenUrl: 'http://10.0.0.1/token', clientId: 'x', scope: 'system/*.rs' };
    expect(await credentials('PUT', backend)).toMatchObject({ status: 422 });
  });

  describe('as a SMART backend service', () => {
    const given = async (): Promise<number> =>
      (await issuer.deps.db.query('SELECT 1 FROM access_token WHERE scopes IS NOT NULL')).length;
    const setBackend = async (): Promise<void> => {
      const organization = await addOrganization(issuer, 'The hub');
      const clientId = await addProgram(issuer, organization, {
        jwksUri: `${hub.url}/.well-known/jwks.json`,
        scopes: ['system/Task.crus'],
      });
      const backend = {
        kind: 'smart-backend',
        tokenUrl: `${issuer.url}/oauth/token`,
        clientId,
        scope: 'system/Task.cu',
      };
      expect(await credentials('PUT', backend)).toMatchObject({ status: 200, body: { kind: 'smart-backend' } });
    };

    test('is a token, kept until shortly before it ends', async () => {
      await setBackend();
      const before = await given();
      for (const count of [1, 2]) {
        await refer();
        await eventually(async () => expect(server.seen).toHaveLength(count));
      }
      expect(heard()[0]).toMatch(/^Bearer [\w-]{43}$/);
      expect(heard()[1]).toBe(heard()[0]);
      expect(await given()).toBe(before + 1);
      clock.advance(280_000);
      await refer();
      await eventually(async () => expect(server.seen).toHaveLength(3));
      expect(heard()[2]).not.toBe(heard()[0]);
      expect(await given()).toBe(before + 2);
      said.push(JSON.stringify(heard()));
      expect(await tablesWith(hub.deps.db, String(heard()[0]).slice(7))).toEqual([]);
    });

    test('is a new token, once, when the server does not take it', async () => {
      await setBackend();
      server.answers.push(401, 201);
      await refer();
      await eventually(async () => expect(server.seen).toHaveLength(2));
      expect(new Set(heard()).size).toBe(2);
      server.answers.push(401, 401);
      const loop = await refer();
      await eventually(async () => {
        const { body } = await call('GET', `${hub.url}/api/loops/${loop}`);
        expect(JSON.stringify(body)).toContain('auth-401');
      });
      expect(server.seen).toHaveLength(4);
    });

    test('is refused by the token endpoint: a person must look, and nothing was sent', async () => {
      await setBackend();
      await issuer.deps.db.query('UPDATE client SET revoked_at = now()');
      const loop = await refer();
      await eventually(async () => {
        const { body } = await call('GET', `${hub.url}/api/loops/${loop}`);
        expect(JSON.stringify(body)).toContain('token-http-401');
      });
      expect(server.seen).toEqual([]);
    });
  });

  test('goes with a notification too, to an Endpoint of the subscriber on the same server', async () => {
    await credentials('PUT', { kind: 'bearer', token: `${CANARY}9` });
    await subscribe(hub, agency, server.url);
    await subscribe(hub, agency, server.url, { header: [`Authorization: Bearer ${CANARY}a`] });
    const elsewhere = await openHook();
    await subscribe(hub, agency, elsewhere.url);
    await subscribe(hub, hospital, server.url);
    expect(heard()).toEqual([`Bearer ${CANARY}9`, `Bearer ${CANARY}a`, undefined]);
    expect(elsewhere.seen.map(({ headers }) => headers.authorization)).toEqual([undefined]);
    await elsewhere.close();
  });

  test('is in the audit by what was done, and nowhere by what it is', async () => {
    await credentials('PUT', { kind: 'bearer', token: `${CANARY}b` });
    const events = await call('GET', `${hub.fhir}/AuditEvent?entity=Endpoint/${endpoint.id}&_sort=-date`);
    expect(JSON.stringify(events.body)).toContain(Buffer.from('credentials').toString('base64'));
    await done(call('DELETE', `${hub.fhir}/Endpoint/${endpoint.id}`));
    expect(await hub.deps.db.query('SELECT 1 FROM secret WHERE owner = $1', [`Endpoint/${endpoint.id}`])).toEqual([]);
    const tasks = await call<Task>('GET', `${hub.fhir}/Task`);
    said.push(JSON.stringify(tasks.body));
    expect(await tablesWith(hub.deps.db, CANARY)).toEqual([]);
    expect(said.filter((each) => each.includes(CANARY))).toEqual([]);
  });

  test("the hub's own key is replaced with time for partners to fetch the next", async () => {
    const { body } = await call<JSONWebKeySet>('GET', `${hub.url}/.well-known/jwks.json`);
    expect(body.keys).toHaveLength(1);
    expect(Object.keys(body.keys[0] ?? {})).not.toContain('d');
    const { makeNextKey, signAssertion, tidyOwnKeys } = await import('../../src/access/own-keys/own-keys.ts');
    const next = await makeNextKey(hub.deps);
    const keys = async (): Promise<JSONWebKeySet> =>
      (await call<JSONWebKeySet>('GET', `${hub.url}/.well-known/jwks.json`)).body;
    const signer = async (): Promise<string | undefined> => {
      const assertion = await signAssertion(hub.deps, 'me', 'https://partner.example/token');
      const verified = await jwtVerify(assertion, createLocalJWKSet(await keys()), { currentDate: clock.now() });
      return verified.protectedHeader.kid;
    };
    expect((await keys()).keys).toHaveLength(2);
    expect(await signer()).toBe(body.keys[0]?.kid);
    clock.advance(3_600_000);
    expect(await signer()).toBe(next);
    expect((await keys()).keys).toHaveLength(2);
    clock.advance(24 * 3_600_000);
    expect((await keys()).keys.map(({ kid }) => kid)).toEqual([next]);
    await tidyOwnKeys(hub.deps);
    expect(await hub.deps.db.query(`SELECT owner FROM secret WHERE kind = 'signing-key'`)).toEqual([{ owner: next }]);
  });
});
