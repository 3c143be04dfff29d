import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { CapabilityStatement } from '@medplum/fhirtypes';
import { type Answer, call } from '../support/api.ts';
import { createClock } from '../support/clock.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { askForToken, type Claims, claimsOf, makeKey, type ProgramKey, type TokenBody } from '../support/program.ts';
import { addOrganization, addProgram, endpointOf } from './programs.ts';

const clock = createClock();
const seconds = (): number => Math.floor(clock.now().getTime() / 1_000);
const SCOPE = 'system/Task.rs';
/** What RFC 6749 lets an error say: no quotation mark, no backslash, nothing beyond ASCII. */
const DESCRIPTION = /^[\x20-\x21\x23-\x5B\x5D-\x7E]+$/;

describe.each(databaseKinds())('a program that asks for a token, on the %s store', (kind) => {
  let hub: TestHub;
  let [rsa, elliptic, other]: ProgramKey[] = [];
  let organization: string;
  let id: string;
  beforeAll(async () => {
    hub = await startHub(kind, { now: clock.now });
    [rsa, elliptic, other] = [await makeKey('RS384'), await makeKey('ES384'), await makeKey('ES384')];
    organization = await addOrganization(hub, 'St. Anna Hospital');
  });
  afterAll(() => hub.close());
  beforeEach(async () => {
    clock.advance(60_000);
    const keys = [rsa?.publicKey, elliptic?.publicKey];
    id = await addProgram(hub, organization, { jwks: { keys }, scopes: [SCOPE, 'system/Patient.rs'] });
  });

  const key = (): ProgramKey => elliptic as ProgramKey;
  const claims = (others: Claims = {}): Claims => claimsOf(id, endpointOf(hub), clock.now(), others);
  const ask = (assertion: string, scope = SCOPE, others = {}): Promise<Answer<TokenBody>> =>
    askForToken(endpointOf(hub), assertion, scope, others);
  const denials = async (): Promise<object[]> =>
    hub.deps.db.query(
      `SELECT refusal AS reason, times FROM refusal WHERE client_id = $1 AND interaction = 'token' ORDER BY minute, refusal`,
      [id],
    );

  test('gets one that lives for five minutes, by either algorithm', async () => {
    for (const each of [rsa, elliptic] as ProgramKey[]) {
      const { status, body, headers } = await ask(await each.sign(claims()));
      expect({ status, body }).toEqual({
        status: 200,
        body: {
          access_token: expect.stringMatching(/^[\w-]{43}$/),
          token_type: 'bearer',
          expires_in: 300,
          scope: SCOPE,
        },
      });
      expect([headers.get('cache-control'), headers.get('pragma')]).toEqual(['no-store', 'no-cache']);
      const token = body.access_token;
      expect((await call('GET', `${hub.fhir}/Task`, { token })).status).toBe(200);
      clock.advance(299_000);
      expect((await call('GET', `${hub.fhir}/Task`, { token })).status).toBe(200);
      clock.advance(1_000);
      const over = await call('GET', `${hub.fhir}/Task`, { token });
      expect([over.status, over.headers.get('www-authenticate')]).toEqual([
        401,
        'Bearer realm="careloop", error="invalid_token"',
      ]);
    }
    expect(await denials()).toEqual([]);
  });

  test('finds out where to ask, without a token', async () => {
    const { status, headers, body } = await call('GET', `${hub.fhir}/.well-known/smart-configuration`);
    expect([status, headers.get('content-type')]).toEqual([200, 'application/json; charset=utf-8']);
    expect(body).toMatchObject({
      token_endpoint: endpointOf(hub),
      token_endpoint_auth_methods_supported: ['private_key_jwt'],
      token_endpoint_auth_signing_alg_values_supported: ['RS384', 'ES384'],
      grant_types_supported: ['client_credentials'],
      capabilities: expect.arrayContaining(['client-confidential-asymmetric', 'permission-v2']),
    });
  });

  test('finds it in the metadata too', async () => {
    const { body } = await call<CapabilityStatement>('GET', `${hub.fhir}/metadata`);
    const { security } = body.rest?.[0] ?? {};
    expect(security?.extension).toEqual([
      {
        url: 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris',
        extension: [{ url: 'token', valueUri: endpointOf(hub) }],
      },
    ]);
    expect(security?.service?.[0]?.coding).toEqual([
      { system: 'http://terminology.hl7.org/CodeSystem/restful-security-service', code: 'SMART-on-FHIR' },
    ]);
  });

  test('keeps no token and no assertion readable in the database', async () => {
    const said = claims();
    const { body } = await ask(await key().sign(said));
    const rows = await hub.deps.db.query('SELECT encode(digest, $1) AS digest FROM access_token', ['escape']);
    const used = await hub.deps.db.query('SELECT encode(digest, $1) AS digest FROM used_assertion', ['escape']);
    expect(JSON.stringify([rows, used])).not.toContain(body.access_token);
    expect(JSON.stringify([rows, used])).not.toContain(said.jti);
  });

  /** An assertion that breaks one rule. */
  const BROKEN: readonly [string, string, () => Promise<string>][] = [
    ['has expired', 'assertion-expired', () => key().sign(claims({ exp: seconds() - 1 }))],
    ['expires at this very moment', 'assertion-expired', () => key().sign(claims({ exp: seconds() }))],
    ['lives for too long', 'assertion-too-long-lived', () => key().sign(claims({ exp: seconds() + 330 }))],
    [
      'lives for too long, and was made in the future',
      'assertion-too-long-lived',
      () => key().sign(claims({ iat: seconds() - 200, exp: seconds() + 200 })),
    ],
    ['never expires', 'assertion-claims', () => key().sign(claims({ exp: undefined }))],
    ['is not good yet', 'assertion-claims', () => key().sign(claims({ nbf: seconds() + 60 }))],
    ['is for another server', 'assertion-audience', () => key().sign(claims({ aud: 'https://other.example/token' }))],
    ['is for the FHIR server', 'assertion-audience', () => key().sign(claims({ aud: hub.fhir }))],
    [
      'is for another server too',
      'assertion-audience',
      () => key().sign(claims({ aud: [endpointOf(hub), 'https://other.example/token'] })),
    ],
    ['is for nobody', 'assertion-audience', () => key().sign(claims({ aud: undefined }))],
    ['speaks for another subject', 'assertion-subject', () => key().sign(claims({ sub: 'somebody' }))],
    ['has no subject', 'assertion-subject', () => key().sign(claims({ sub: undefined }))],
    ['has no jti', 'assertion-jti', () => key().sign(claims({ jti: undefined }))],
    ['has an endless jti', 'assertion-jti', () => key().sign(claims({ jti: 'j'.repeat(256) }))],
    ['names a key that is not known', 'assertion-unknown-key', () => key().sign(claims(), { kid: 'another' })],
    ['names a key of another algorithm', 'assertion-unknown-key', () => key().sign(claims(), { kid: rsa?.kid })],
    [
      'is signed with another key',
      'assertion-signature',
      () => (other as ProgramKey).sign(claims(), { kid: key().kid }),
    ],
    [
      'names where its keys would be',
      'assertion-jku',
      () => key().sign(claims(), { jku: 'https://evil.example/keys' }),
    ],
    ['was changed after it was signed', 'assertion-signature', async () => changed(await key().sign(claims()))],
  ];

  test.each(BROKEN)('is refused when its assertion %s', async (_what, reason, assertion) => {
    const { status, body, headers } = await ask(await assertion());
    expect({ status, body }).toEqual({
      status: 401,
      body: {
        error: 'invalid_client',
        error_description: expect.stringMatching(/^The client assertion is not accepted\. .+\.$/),
      },
    });
    const said = ['cache-control', 'pragma', 'www-authenticate'].map((name) => headers.get(name));
    expect(said).toEqual(['no-store', 'no-cache', 'Bearer realm="careloop"']);
    expect(body.error_description).toMatch(DESCRIPTION);
    expect(await denials()).toEqual([{ reason, times: 1 }]);
  });

  function changed(assertion: string): string {
    const [header, payload = '', signature] = assertion.split('.');
    const said = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Claims;
    const more = Buffer.from(JSON.stringify({ ...said, admin: true })).toString('base64url');
    return [header, more, signature].join('.');
  }

  const unsigned = (header: object): string =>
    [...[header, claims()].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')), ''].join('.');

  /** Refused before anybody knows who asks. */
  const UNKNOWN: readonly [string, string, () => Promise<string> | string][] = [
    ['is not signed (alg: none)', 'assertion-algorithm', () => unsigned({ alg: 'none', kid: key().kid, typ: 'JWT' })],
    ['is not signed (alg: NONE)', 'assertion-algorithm', () => unsigned({ alg: 'NONE', kid: key().kid })],
    [
      'is signed by another algorithm',
      'assertion-algorithm',
      async () => (await makeKey('ES256', key().kid)).sign(claims()),
    ],
    ['is signed by RS256', 'assertion-algorithm', async () => (await makeKey('RS256', rsa?.kid)).sign(claims())],
    ['names no key', 'assertion-kid', () => key().sign(claims(), { kid: undefined })],
    ['is of another type', 'assertion-type', () => key().sign(claims(), { typ: 'at+jwt' })],
    ['is of an unknown program', 'unknown-client', () => key().sign(claims({ iss: crypto.randomUUID() }))],
    ['is of a program that is no id', 'unknown-client', () => key().sign(claims({ iss: "' OR 1=1 --" }))],
    ['is too long', 'assertion-too-long', () => key().sign(claims({ padding: 'x'.repeat(8_000) }))],
    ['is no token', 'assertion-form', () => 'no token'],
    ['is of four parts', 'assertion-form', async () => `x.${await key().sign(claims())}`],
  ];

  test.each(UNKNOWN)('is refused when its assertion %s, whoever it is', async (_what, reason, assertion) => {
    const { status, body } = await ask(await assertion());
    expect([status, body.error]).toEqual([401, 'invalid_client']);
    const rows = await hub.deps.db.query<{ reason: string }>(
      `SELECT refusal AS reason FROM refusal WHERE client_id IS NULL AND interaction = 'token' AND minute = $1`,
      [new Date(Math.floor(clock.now().getTime() / 60_000) * 60_000)],
    );
    expect(rows).toEqual([{ reason }]);
  });

  test('is refused with the same assertion a second time, also when both come at once', async () => {
    const assertion = await key().sign(claims());
    const answers = await Promise.all(Array.from({ length: 5 }, () => ask(assertion)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 401, 401, 401, 401]);
    const { body } = await ask(assertion);
    expect(body).toEqual({ error: 'invalid_client', error_description: expect.stringContaining('was used before') });
    expect(await denials()).toEqual([{ reason: 'assertion-replayed', times: 5 }]);
  });

  test('is refused with a new assertion under a jti that was used', async () => {
    const said = claims();
    expect((await ask(await key().sign(said))).status).toBe(200);
    expect((await ask(await key().sign({ ...said, iat: seconds() }))).body.error).toBe('invalid_client');
  });

  /** Each by the error that RFC 6749 (5.2) and RFC 7521 (4.2.1) name. */
  const WRONG: readonly [string, string, Record<string, string | undefined>][] = [
    ['invalid_request', 'grant_type is missing', { grant_type: undefined }],
    ['unsupported_grant_type', 'must be client_credentials', { grant_type: 'authorization_code' }],
    ['invalid_request', 'grant_type is missing', { grant_type: '' }],
    ['invalid_client', 'client_assertion is missing', { client_assertion: undefined }],
    ['invalid_client', 'client_assertion is missing', { client_assertion: '', client_id: '' }],
    ['invalid_client', 'have keys here and no secrets', { client_assertion: undefined, client_secret: 'secret' }],
    ['invalid_request', 'client_assertion_type must be', { client_assertion_type: undefined }],
    ['invalid_request', 'client_assertion_type must be', { client_assertion_type: 'urn:something' }],
    ['invalid_request', 'Send the client_assertion alone', { client_secret: 'secret' }],
    ['invalid_scope', 'Say which scopes', { scope: undefined }],
    ['invalid_scope', 'names no scope of a program', { scope: 'patient/*.read launch openid' }],
    ['invalid_scope', 'may have none of it', { scope: 'system/Observation.rs' }],
    ['invalid_scope', 'may have none of it', { scope: 'system/Task.cud' }],
    ['invalid_scope', 'may have none of it', { scope: 'system/Task.rs?nonsense=1' }],
  ];

  test.each(WRONG)('is told %s (%s)', async (error, why, others) => {
    const { status, body, headers } = await ask(await key().sign(claims()), SCOPE, others);
    expect([status, body.error]).toEqual([error === 'invalid_client' ? 401 : 400, error]);
    expect(headers.has('www-authenticate')).toBe(status === 401);
    expect(body.error_description).toContain(why);
    expect(body.error_description).toMatch(DESCRIPTION);
  });

  test('that shows a secret in a header is told so by the scheme it used', async () => {
    const form = 'grant_type=client_credentials&scope=system/Task.rs';
    const headers = {
      'content-type': 'application/x-www-form-urlencoded',
      authorization: `Basic ${Buffer.from(`${id}:secret`).toString('base64')}`,
    };
    const alone = await call<TokenBody>('POST', endpointOf(hub), { body: form, headers });
    expect([alone.status, alone.body.error, alone.headers.get('www-authenticate')]).toEqual([
      401,
      'invalid_client',
      'Basic realm="careloop"',
    ]);
    const type = encodeURIComponent('urn:ietf:params:oauth:client-assertion-type:jwt-bearer');
    const both = `${form}&client_assertion_type=${type}&client_assertion=${await key().sign(claims())}`;
    const answer = await call<TokenBody>('POST', endpointOf(hub), { body: both, headers });
    expect([answer.status, answer.body.error]).toEqual([400, 'invalid_request']);
  });

  test('may name itself beside its assertion, and nobody else', async () => {
    const itself = await ask(await key().sign(claims()), SCOPE, { client_id: id });
    const another = await ask(await key().sign(claims()), SCOPE, { client_id: crypto.randomUUID() });
    expect([itself.status, another.status, another.body.error]).toEqual([200, 401, 'invalid_client']);
    expect(await denials()).toEqual([{ reason: 'other-client', times: 1 }]);
  });

  test('is told what is wrong with the request itself', async () => {
    const assertion = await key().sign(claims());
    const twice = `grant_type=client_credentials&grant_type=client_credentials&client_assertion=${assertion}`;
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    const answers = [
      await call<TokenBody>('POST', endpointOf(hub), { body: twice, headers: form }),
      await call<TokenBody>('POST', endpointOf(hub), { body: { grant_type: 'client_credentials' } }),
      await call<TokenBody>('POST', endpointOf(hub), { body: `scope=${'x'.repeat(40_000)}`, headers: form }),
    ];
    for (const { status, body } of answers) expect([status, body.error]).toEqual([400, 'invalid_request']);
    const { status, headers } = await call('GET', endpointOf(hub));
    expect([status, headers.get('allow'), headers.get('cache-control')]).toEqual([405, 'POST', 'no-store']);
  });

  test('gets what it may of what it asks for, and is told what that is', async () => {
    const scope = 'system/Task.cruds system/*.r launch system/Observation.rs';
    const { body } = await ask(await key().sign(claims()), scope);
    expect(body.scope.split(' ').sort()).toEqual(['system/Patient.r', SCOPE]);
  });

  test('is not given a token once it is revoked, nor answered with one it has', async () => {
    const { body } = await ask(await key().sign(claims()));
    const token = body.access_token;
    expect((await call('GET', `${hub.fhir}/Task`, { token })).status).toBe(200);
    expect((await call('DELETE', `${hub.url}/api/clients/${id}`)).status).toBe(204);
    expect((await call('GET', `${hub.fhir}/Task`, { token })).status).toBe(401);
    expect((await ask(await key().sign(claims()))).body.error).toBe('invalid_client');
    expect((await call('DELETE', `${hub.url}/api/clients/${id}`)).status).toBe(404);
  });
});
