import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { call, texts } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { killPrograms, startProgram } from '../support/processes.ts';
import { makeKey } from '../support/program.ts';
import { addOrganization, addProgram } from './programs.ts';

let key: JWK;
beforeAll(async () => {
  key = (await makeKey('ES384', 'mine')).publicKey;
});
const scopes = ['system/Task.rs'];

describe.each(databaseKinds())('administrators of the %s store', (kind) => {
  let hub: TestHub;
  let organizationId: string;
  beforeAll(async () => {
    hub = await startHub(kind);
    organizationId = await addOrganization(hub, 'St. Anna Hospital');
  });
  afterAll(() => hub.close());

  const add = (details: object): ReturnType<typeof call> =>
    call('POST', `${hub.url}/api/clients`, { body: { name: 'A program', organizationId, ...details } });

  test('register a program with its keys; it is given no token', async () => {
    const { status, body } = await add({ jwks: { keys: [key] }, scopes });
    expect(status).toBe(201);
    expect(body).toEqual({ id: expect.any(String), name: 'A program', organizationId, scopes, jwks: { keys: [key] } });
  });

  test('register one for a trial: with a token, which holds the scopes it was given', async () => {
    const all = (await add({})).body as { token: string };
    expect((await call('GET', `${hub.fhir}/Patient`, { token: all.token })).status).toBe(200);
    const some = (await add({ scopes })).body as { token: string };
    expect((await call('GET', `${hub.fhir}/Task`, { token: some.token })).status).toBe(200);
  });

  test('see all programs, and which of them were revoked', async () => {
    const id = await addProgram(hub, organizationId, { jwks: { keys: [key] }, scopes });
    await call('DELETE', `${hub.url}/api/clients/${id}`);
    const { body } = await call<{ clients: { id: string }[] }>('GET', `${hub.url}/api/clients`);
    expect(body.clients.find((client) => client.id === id)).toMatchObject({ revokedAt: expect.any(String), scopes });
    expect(JSON.stringify(body)).not.toContain('token');
  });

  test('are those of the hub: a program cannot register, list or revoke any', async () => {
    const { token } = (await add({})).body as { token: string };
    const answers = [
      await call('POST', `${hub.url}/api/clients`, { token, body: { name: 'x', organizationId } }),
      await call('GET', `${hub.url}/api/clients`, { token }),
      await call('DELETE', `${hub.url}/api/clients/${crypto.randomUUID()}`, { token }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([403, 403, 403]);
  });

  const secret = (): Promise<JWK> =>
    generateKeyPair('ES384', { extractable: true }).then((pair) => exportJWK(pair.privateKey));
  const short = (): JWK => ({ kty: 'RSA', e: 'AQAB', n: 'A'.repeat(171), kid: 'short' });

  /** What cannot be registered, where it stands, and what is said. */
  const REFUSED: readonly [string, string, RegExp, () => object | Promise<object>][] = [
    [
      'a private key',
      'jwks',
      /keys are private/,
      async () => ({ jwks: { keys: [{ ...(await secret()), kid: 'a' }] }, scopes }),
    ],
    [
      'a shared secret',
      'jwks',
      /private or secret/,
      () => ({ jwks: { keys: [{ kty: 'oct', k: 'AAAA', kid: 'a' }] }, scopes }),
    ],
    [
      'a key without a name',
      'jwks',
      /a kid of its own/,
      () => ({ jwks: { keys: [{ ...key, kid: undefined }] }, scopes }),
    ],
    ['two keys of one name', 'jwks', /a kid of its own/, () => ({ jwks: { keys: [key, key] }, scopes })],
    ['a short key', 'jwks', /RSA of 2048 bits/, () => ({ jwks: { keys: [short()] }, scopes })],
    ['no key', 'jwks', /1 to 20 keys/, () => ({ jwks: { keys: [] }, scopes })],
    [
      'an unencrypted address',
      'jwksUri',
      /https addresses only/,
      () => ({ jwksUri: 'http://partner.example/keys', scopes }),
    ],
    [
      'an address with a password',
      'jwksUri',
      /https addresses only/,
      () => ({ jwksUri: 'https://a:b@p.example/keys', scopes }),
    ],
    ['a file', 'jwksUri', /https addresses only/, () => ({ jwksUri: 'file:///etc/passwd', scopes })],
    ['keys without scopes', 'scopes', /at most, as scopes/, () => ({ jwks: { keys: [key] } })],
    ['a scope of a person', 'scopes[0]', /no scope of a program/, () => ({ scopes: ['user/Task.rs'] })],
    ['a scope of no type', 'scopes[1]', /no scope of a program/, () => ({ scopes: [...scopes, 'system/Tusk.rs'] })],
    [
      'a condition nobody knows',
      'scopes[0]',
      /cannot be searched by/,
      () => ({ scopes: ['system/Task.rs?shoe-size=42'] }),
    ],
    ['an unknown organization', 'organizationId', /Create it first/, () => ({ organizationId: 'nobody' })],
  ];

  test.each(REFUSED)('cannot register %s', async (_what, expression, text, details) => {
    const answer = await add(await details());
    expect(answer.status).toBe(422);
    expect(texts(answer)).toEqual([expect.stringMatching(text)]);
    expect(answer.body).toMatchObject({ issue: [{ expression: [expression] }] });
  });

  test('cannot give keys and an address', async () => {
    const answer = await add({ jwks: { keys: [key] }, jwksUri: 'https://partner.example/keys', scopes });
    expect([answer.status, texts(answer)]).toEqual([400, [expect.stringContaining('not both')]]);
  });
});

const server = process.env.TEST_DATABASE_URL ? describe : describe.skip;

server('from the command line', () => {
  let hub: TestHub;
  let folder: string;
  beforeAll(async () => {
    hub = await startHub('server');
    folder = mkdtempSync(join(tmpdir(), 'careloop-keys-'));
  });
  afterAll(async () => {
    await hub.close();
    rmSync(folder, { recursive: true });
  });
  afterEach(killPrograms);

  const run = async (...args: string[]): Promise<{ code: unknown; stdout: string; stderr: string }> => {
    const settings = { DATABASE_URL: hub.deps.config.DATABASE_URL ?? '', LOG_LEVEL: 'silent' };
    const program = startProgram('src/cli.ts', { args: ['client', ...args], settings });
    const code = await program.ended();
    return { code, stdout: program.stdout(), stderr: program.stderr() };
  };

  test('programs are registered, listed and revoked, and what is wrong is said in a sentence', async () => {
    const organization = await addOrganization(hub, 'St. Anna Hospital');
    const file = join(folder, 'keys.json');
    writeFileSync(file, JSON.stringify({ keys: [key] }));
    const named = ['add', '--organization', organization, '--name', 'Discharge system'];

    const added = await run(...named, '--jwks', file, '--scope', 'system/Task.rs', '--scope', 'system/Patient.c');
    expect([added.code, added.stderr]).toEqual([0, '']);
    const id = /^client +(\S+)$/m.exec(added.stdout)?.[1] as string;
    expect(added.stdout).not.toContain('token');
    const trial = await run(...named);
    expect(trial.stdout).toMatch(/^token +[\w-]{43}$/m);

    const line = `${id}\t${organization}\tkeys\tsystem/Task.rs system/Patient.c\tDischarge system`;
    expect((await run('list', '--organization', organization)).stdout.split('\n')).toContain(line);
    expect(await run('revoke', id)).toMatchObject({ code: 0, stdout: `client ${id} is revoked\n` });
    expect((await run('list')).stdout).toContain(`${id}\t${organization}\trevoked`);

    const wrong = [
      await run('revoke', id),
      await run(...named, '--jwks', file),
      await run(...named, '--jwks', join(folder, 'nothing.json'), '--scope', 'system/Task.rs'),
      await run('add', '--name', 'x'),
      await run('add', '--organization', 'nobody', '--name', 'x'),
    ];
    expect(wrong.map(({ code }) => code)).toEqual([1, 1, 1, 1, 1]);
    expect(wrong.map(({ stderr }) => stderr.split('\n')[0])).toEqual([
      'There is no such program here, or no more.',
      expect.stringMatching(/^Say what a program with keys may do at most/),
      expect.stringMatching(/^The file of --jwks cannot be read as JSON/),
      'client add needs --organization and --name.',
      expect.stringMatching(/^There is no Organization\/nobody here\. Create it first\./),
    ]);
  }, 120_000);
});
