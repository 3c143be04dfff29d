import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { AuditEvent, Bundle } from '@medplum/fhirtypes';
import { call, texts } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { killPrograms, startProgram } from '../support/processes.ts';
import { askForToken, claimsOf, makeKey, type ProgramKey } from '../support/program.ts';
import { addOrganization, addProgram, endpointOf, type Program, startProgramOf } from './programs.ts';

const SCOPE = 'system/Task.rs';

function jwksOf(key: ProgramKey): object {
  return { jwks: { keys: [key.publicKey] } };
}

describe.each(databaseKinds())('the keys of a program, in the %s store', (kind) => {
  let hub: TestHub;
  let program: Program;
  let next: ProgramKey;
  beforeAll(async () => {
    hub = await startHub(kind);
  });
  afterAll(() => hub?.close());
  beforeEach(async () => {
    program = await startProgramOf(hub, await addOrganization(hub, 'Clinic'), [SCOPE]);
    next = await makeKey('RS384');
  });

  const change = (body: object, token?: string): ReturnType<typeof call> =>
    call('PUT', `${hub.url}/api/clients/${program.id}/keys`, { body, token });
  const ask = async (key: ProgramKey): Promise<number> => {
    const assertion = await key.sign(claimsOf(program.id, endpointOf(hub), hub.deps.now()));
    return (await askForToken(endpointOf(hub), assertion, SCOPE)).status;
  };

  test('are changed: the ones before are refused at once, and so is a token they were given', async () => {
    const token = await program.token(SCOPE);
    const read = async (): Promise<number> => (await call('GET', `${hub.fhir}/Task`, { token })).status;
    expect(await read()).toBe(200);
    const { status, body } = await change(jwksOf(next));
    expect(status).toBe(200);
    expect(body).toMatchObject({ id: program.id, scopes: [SCOPE], jwks: { keys: [{ kid: next.kid }] } });
    expect([await read(), await ask(program.key), await ask(next)]).toEqual([401, 401, 200]);
  });

  test('that are changed while a token is asked for by the ones before leave no token of those', async () => {
    const asked = Array.from({ length: 8 }, () =>
      program.token(SCOPE).then(
        (token) => token,
        () => undefined,
      ),
    );
    await change(jwksOf(next));
    for (const token of await Promise.all(asked)) {
      if (token) expect((await call('GET', `${hub.fhir}/Task`, { token })).status).toBe(401);
    }
  });

  test('may give way to a certificate, and scopes be said with them', async () => {
    const body = { tlsSubject: 'CN=Discharge,O=Clinic', scopes: ['system/Patient.r'] };
    expect((await change(body)).body).toMatchObject(body);
    expect(await ask(program.key)).toBe(401);
  });

  test('take the place of the token of a trial, which is good no more', async () => {
    const body = { name: 'On trial', organizationId: program.organizationId };
    const trial = (await call<{ id: string; token: string }>('POST', `${hub.url}/api/clients`, { body })).body;
    const path = `${hub.url}/api/clients/${trial.id}/keys`;
    expect(texts(await call('PUT', path, { body: jwksOf(next) }))).toEqual([
      expect.stringMatching(/^Say what a program with keys may do/),
    ]);
    expect((await call('PUT', path, { body: { ...jwksOf(next), scopes: [SCOPE] } })).status).toBe(200);
    expect((await call('GET', `${hub.fhir}/Task`, { token: trial.token })).status).toBe(401);
  });

  test('are changed by administrators only, of a program that is there, and to what can be used', async () => {
    expect((await change(jwksOf(next), await program.token(SCOPE))).status).toBe(403);
    const none = await change({});
    expect([none.status, texts(none)]).toEqual([
      422,
      ['Say what the program signs in by from now on: jwks, jwksUri or tlsSubject.'],
    ]);
    const secret = await change({ jwks: { keys: [{ ...next.publicKey, d: 'secret' }] } });
    expect(secret.status).toBe(422);
    await call('DELETE', `${hub.url}/api/clients/${program.id}`);
    for (const id of [program.id, crypto.randomUUID(), 'nobody']) {
      const answer = await call('PUT', `${hub.url}/api/clients/${id}/keys`, { body: jwksOf(next) });
      expect([answer.status, texts(answer)]).toEqual([404, ['There is no such program here, or no more.']]);
    }
    expect(await ask(next)).toBe(401);
  });
});

const server = process.env.TEST_DATABASE_URL ? describe : describe.skip;

server('on a server, and from the command line', () => {
  let hub: TestHub;
  const folder = mkdtempSync(join(tmpdir(), 'careloop-keys-'));
  beforeAll(async () => {
    hub = await startHub('server');
  });
  afterEach(killPrograms);
  afterAll(async () => {
    await hub?.close();
    rmSync(folder, { recursive: true });
  });

  test('who has proved itself by the keys before, while they are being changed, gets no token', async () => {
    const program = await startProgramOf(hub, await addOrganization(hub, 'Clinic'), [SCOPE]);
    const assertion = await program.key.sign(claimsOf(program.id, endpointOf(hub), hub.deps.now()));
    let asked: ReturnType<typeof askForToken> | undefined;
    await hub.deps.db.transaction(async (tx) => {
      await tx.query('UPDATE client SET keys_round = keys_round + 1 WHERE id = $1', [program.id]);
      asked = askForToken(endpointOf(hub), assertion, SCOPE);
      await eventually(async () => {
        const waiting = `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
        expect(await hub.deps.db.query(waiting)).toHaveLength(1);
      });
    });
    expect(await asked).toMatchObject({
      status: 401,
      body: { error: 'invalid_client', error_description: expect.stringContaining('was changed in this moment') },
    });
  });

  test('keys are changed, and a running hub hears of it at once', async () => {
    const [before, after] = [await makeKey('ES384'), await makeKey('ES384')];
    const organization = await addOrganization(hub, 'St. Anna Hospital');
    const id = await addProgram(hub, organization, { ...jwksOf(before), scopes: [SCOPE] });
    const ask = async (key: ProgramKey): ReturnType<typeof askForToken> =>
      askForToken(endpointOf(hub), await key.sign(claimsOf(id, endpointOf(hub), hub.deps.now())), SCOPE);
    const { access_token: token } = (await ask(before)).body;
    expect((await call('GET', `${hub.fhir}/Task`, { token })).status).toBe(200);
    const file = join(folder, 'keys.json');
    writeFileSync(file, JSON.stringify({ keys: [after.publicKey] }));
    const run = async (...args: string[]): Promise<{ code: unknown; stdout: string; stderr: string }> => {
      const settings = { DATABASE_URL: hub.deps.config.DATABASE_URL ?? '', LOG_LEVEL: 'silent' };
      const command = startProgram('src/cli.ts', { args: ['client', 'keys', ...args], settings });
      const code = await command.ended();
      return { code, stdout: command.stdout(), stderr: command.stderr() };
    };
    expect(await run(id, '--jwks', file)).toEqual({
      code: 0,
      stdout: `client ${id} signs in by its new keys\n`,
      stderr: '',
    });
    expect((await call('GET', `${hub.fhir}/Task`, { token })).status).toBe(401);
    expect([(await ask(before)).status, (await ask(after)).status]).toEqual([401, 200]);
    expect((await run(id)).stderr).toMatch(/^Say what the program signs in by from now on/);
    expect((await run()).stderr).toMatch(/^client keys needs the id of the program\./);
  }, 120_000);
});

server('keys of the hub itself, from the command line', () => {
  let hub: TestHub;
  beforeAll(async () => {
    hub = await startHub('server');
  });
  afterEach(killPrograms);
  afterAll(() => hub?.close());

  test.each([
    ['new-signing-key', 'signing-key-added'],
    ['rotate', 'secrets-rotated'],
  ])(
    'secrets %s is in the audit',
    async (command, event) => {
      const { DATABASE_URL = '', SECRETS_KEYS = '' } = hub.deps.config;
      const settings = { DATABASE_URL, SECRETS_KEYS, LOG_LEVEL: 'silent' };
      const program = startProgram('src/cli.ts', { args: ['secrets', command], settings });
      expect([await program.ended(), program.stderr()]).toEqual([0, '']);
      const { body } = await call<Bundle<AuditEvent>>('GET', `${hub.fhir}/AuditEvent?subtype=${event}`);
      const agents = body.entry?.map(({ resource }) =>
        resource?.agent.map(({ altId, who }) => altId ?? who?.reference),
      );
      expect(agents).toEqual([['command-line', 'Organization/careloop']]);
      expect(JSON.stringify(body)).not.toContain(SECRETS_KEYS.split(':')[1]);
    },
    60_000,
  );
});
