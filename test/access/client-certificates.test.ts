import { randomUUID, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { type RequestOptions, request } from 'node:https';
import { connect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { exportJWK } from 'jose';
import { readConfig } from '../../src/config.ts';
import { tlsOptions } from '../../src/http/tls-options.ts';
import { type Authority, type Certificate, type CertificateMaker, certificateMaker } from '../support/certificates.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { operatorToken } from '../support/operator.ts';

const ORGANIZATION = 'careloop';

interface Answer {
  readonly status: number | undefined;
  readonly body: Record<string, unknown>;
  readonly headers: Readonly<Record<string, unknown>>;
}

describe.each(databaseKinds())('programs with certificates (%s)', (kind) => {
  let maker: CertificateMaker;
  let ours: Authority;
  let others: Authority;
  let hub: TestHub;
  let mine: Certificate;
  let program = '';

  const call = async (method: string, path: string, shown?: Certificate, body = '', headers = {}): Promise<Answer> => {
    const identity = shown ? { cert: shown.cert, key: shown.key } : {};
    const options: RequestOptions = { method, ca: ours.cert, agent: false, headers, ...identity };
    const asked = request(`${hub.url}${path}`, options).end(body);
    const [response] = await once(asked, 'response');
    let text = '';
    for await (const chunk of response) text += chunk;
    return { status: response.statusCode, body: text ? JSON.parse(text) : {}, headers: response.headers };
  };
  const askForToken = (clientId: string, shown?: Certificate): Promise<Answer> => {
    const form = new URLSearchParams({ grant_type: 'client_credentials', client_id: clientId, scope: 'system/*.rs' });
    return call('POST', '/oauth/token', shown, form.toString(), {
      'content-type': 'application/x-www-form-urlencoded',
    });
  };
  const read = (token: unknown, shown?: Certificate): Promise<Answer> =>
    call('GET', '/fhir/R4/Organization', shown, '', { authorization: `Bearer ${token}` });
  const asOperator = (): object => ({
    'content-type': 'application/json',
    authorization: `Bearer ${operatorToken(hub.url)}`,
  });
  const register = async (how: object): Promise<string> => {
    const body = JSON.stringify({ name: 'A program', organizationId: ORGANIZATION, scopes: ['system/*.rs'], ...how });
    const answer = await call('POST', '/api/clients', undefined, body, asOperator());
    if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
    return String(answer.body.id);
  };
  const keyOf = async ({ cert }: Certificate): Promise<object> => {
    const certificate = new X509Certificate(cert);
    return {
      ...(await exportJWK(certificate.publicKey)),
      kid: randomUUID(),
      x5c: [certificate.raw.toString('base64')],
    };
  };

  beforeAll(async () => {
    maker = await certificateMaker();
    ours = await maker.authority('Our authority');
    others = await maker.authority('Another authority');
    const server = await ours.issue('/CN=127.0.0.1');
    hub = await startHub(kind, {
      settings: {
        TLS_CERT_FILE: server.certFile,
        TLS_KEY_FILE: server.keyFile,
        TLS_CLIENT_CERTS: 'optional',
        TLS_CLIENT_CA_FILE: ours.certFile,
      },
    });
    mine = await ours.issue('/C=SE/O=St. Anna, Hospital/CN=Discharge');
    program = await register({ tlsSubject: 'CN=Discharge, O=St. Anna\\, Hospital, C=SE' });
  });
  afterAll(async () => {
    await hub?.close();
    await maker?.remove();
  });

  test('are told that they may, over https alone', async () => {
    expect(hub.url).toMatch(/^https:/);
    const { body, headers } = await call('GET', '/fhir/R4/.well-known/smart-configuration');
    expect(body).toMatchObject({
      token_endpoint: `${hub.url}/oauth/token`,
      token_endpoint_auth_methods_supported: ['private_key_jwt', 'tls_client_auth', 'self_signed_tls_client_auth'],
      tls_client_certificate_bound_access_tokens: true,
    });
    expect(headers['strict-transport-security']).toMatch(/max-age/);
    await expect(fetch(hub.url.replace('https', 'http'))).rejects.toThrow();
  });

  test('get a token by the subject of theirs, which is good with that certificate alone', async () => {
    const { status, body } = await askForToken(program, mine);
    expect({ status, body }).toMatchObject({ status: 200, body: { token_type: 'bearer', scope: 'system/*.rs' } });
    expect(await read(body.access_token, mine)).toMatchObject({ status: 200 });
    const renewed = await ours.issue('/C=SE/O=St. Anna, Hospital/CN=Discharge');
    for (const shown of [undefined, renewed, await ours.issue('/CN=Somebody else')]) {
      expect(await read(body.access_token, shown)).toMatchObject({ status: 401 });
    }
    expect(await read(body.access_token, mine)).toMatchObject({ status: 200 });
  });

  test.each<[string, string, () => Promise<Certificate> | undefined]>([
    ['without one', 'certificate-missing', () => undefined],
    [
      'by one of another authority',
      'certificate-not-trusted',
      () => others.issue('/C=SE/O=St. Anna, Hospital/CN=Discharge'),
    ],
    [
      'by one of their own making',
      'certificate-not-trusted',
      () => maker.selfSigned('/C=SE/O=St. Anna, Hospital/CN=Discharge'),
    ],
    ['by one that has expired', 'certificate-expired', () => ours.issue('/C=SE/O=St. Anna, Hospital/CN=Discharge', -1)],
    ["by another program's", 'certificate-subject', () => ours.issue('/C=SE/O=St. Anna, Hospital/CN=Inbox')],
    [
      'by one that was issued by another program, whose own is good',
      'certificate-not-trusted',
      async () => {
        const program = maker.issuing(await ours.issue('/CN=Another program'));
        const made = await program.issue('/C=SE/O=St. Anna, Hospital/CN=Discharge');
        return { ...made, cert: `${made.cert}${program.cert}` };
      },
    ],
    [
      'by one that is for servers',
      'certificate-not-trusted',
      () => ours.issue('/C=SE/O=St. Anna, Hospital/CN=Discharge', 2, ['extendedKeyUsage=serverAuth']),
    ],
    [
      'by one with a single name that reads like the whole subject',
      'certificate-subject',
      () => ours.issue('/CN=Discharge,O=St. Anna\\, Hospital,C=SE'),
    ],
    [
      'by one whose name has the lines of a subject in it',
      'certificate-subject',
      () => ours.issue('/CN=C=SE\nO=St. Anna\\, Hospital\nCN=Discharge'),
    ],
    [
      'by one whose parts stand in another order',
      'certificate-subject',
      () => ours.issue('/CN=Discharge/O=St. Anna, Hospital/C=SE'),
    ],
    [
      'by one whose subject begins alike',
      'certificate-subject',
      () => ours.issue('/C=SE/O=St. Anna, Hospital/CN=Discharge,O=x'),
    ],
  ])('get none %s', async (_name, reason, certificate) => {
    expect(await askForToken(program, await certificate())).toMatchObject({
      status: 401,
      body: { error: 'invalid_client' },
    });
    const denied = await hub.deps.db.query('SELECT 1 FROM refusal WHERE client_id = $1 AND refusal = $2', [
      program,
      reason,
    ]);
    // Alike ones of one time are kept once; another case may have been refused a little before.
    expect(denied.length).toBeGreaterThan(0);
  });

  test("get nothing by each other's tokens, whichever way they sign in", async () => {
    const other = await ours.issue('/C=SE/O=St. Anna, Hospital/CN=Inbox');
    const inbox = await register({ tlsSubject: 'CN=Inbox,O=St. Anna\\, Hospital,C=SE' });
    const own = await maker.selfSigned('/CN=Own');
    const selfSigned = await register({ tlsSelfSigned: true, jwks: { keys: [await keyOf(own)] } });
    const shown = [mine, other, own];
    const tokens = await Promise.all(
      [program, inbox, selfSigned].map(async (id, at) => (await askForToken(id, shown[at])).body.access_token),
    );
    for (const [whose, token] of tokens.entries()) {
      const statuses = await Promise.all([...shown, undefined].map(async (each) => (await read(token, each)).status));
      expect(statuses).toEqual([0, 1, 2, 3].map((at) => (at === whose ? 200 : 401)));
    }
    // Nor does one of them get a token as another.
    for (const [at, id] of [inbox, selfSigned, program].entries())
      expect(await askForToken(id, shown[at])).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
  });

  test('get none before their certificate is good', async () => {
    const server = await ours.issue('/CN=127.0.0.1');
    const settings = {
      TLS_CERT_FILE: server.certFile,
      TLS_KEY_FILE: server.keyFile,
      TLS_CLIENT_CERTS: 'optional',
      TLS_CLIENT_CA_FILE: ours.certFile,
    };
    const { validFrom } = new X509Certificate(mine.cert);
    let now = new Date(new Date(validFrom).getTime() + 1_000);
    const early = await startHub('embedded', { settings, now: () => now });
    const before = hub;
    hub = early;
    try {
      const id = await register({ tlsSubject: 'CN=Discharge,O=St. Anna\\, Hospital,C=SE' });
      expect(await askForToken(id, mine)).toMatchObject({ status: 200 });
      now = new Date(new Date(validFrom).getTime() - 60_000);
      expect(await askForToken(id, mine)).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
    } finally {
      hub = before;
      await early.close();
    }
  });

  test('get one by a certificate of their own that stands among their keys', async () => {
    const own = await maker.selfSigned('/CN=Anything');
    const id = await register({ tlsSelfSigned: true, jwks: { keys: [await keyOf(own)] } });
    const { status, body } = await askForToken(id, own);
    expect(status).toBe(200);
    expect(await read(body.access_token, own)).toMatchObject({ status: 200 });
    expect(await read(body.access_token, mine)).toMatchObject({ status: 401 });
    for (const shown of [undefined, mine, await maker.selfSigned('/CN=Anything')]) {
      expect(await askForToken(id, shown)).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
    }
  });

  test('that have keys sign in by these, not by a certificate; and nobody by an id alone', async () => {
    expect(await askForToken(randomUUID(), mine)).toMatchObject({ status: 401 });
    expect(await askForToken('nobody', mine)).toMatchObject({ status: 401 });
    const body = JSON.stringify({
      name: 'x',
      organizationId: ORGANIZATION,
      scopes: ['system/*.rs'],
      tlsSelfSigned: true,
    });
    expect(await call('POST', '/api/clients', undefined, body, asOperator())).toMatchObject({
      status: 422,
    });
  });

  test('are not connected where certificates are required and theirs is not vouched for', async () => {
    const server = await ours.issue('/CN=127.0.0.1');
    const strict = await startHub('embedded', {
      settings: {
        TLS_CERT_FILE: server.certFile,
        TLS_KEY_FILE: server.keyFile,
        TLS_CLIENT_CERTS: 'required',
        TLS_CLIENT_CA_FILE: ours.certFile,
      },
    });
    const outcome = async (shown?: Certificate): Promise<string> => {
      const { port } = new URL(strict.url);
      const identity = shown ? { cert: shown.cert, key: shown.key } : {};
      const socket = connect({ host: '127.0.0.1', port: Number(port), ca: ours.cert, ...identity });
      socket.on('error', () => undefined);
      socket.write('GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
      let text = '';
      socket.on('data', (chunk) => {
        text += String(chunk);
      });
      await new Promise((resolve) => socket.once('close', resolve));
      return text.slice(0, 12);
    };
    const expired = await ours.issue('/CN=x', -1);
    for (const shown of [undefined, expired, await others.issue('/CN=x')]) expect(await outcome(shown)).toBe('');
    expect(await outcome(mine)).toBe('HTTP/1.1 200');
    await strict.close();
  });
});

test.each([
  [{ TLS_CERT_FILE: 'x' }, 'TLS needs both TLS_CERT_FILE and TLS_KEY_FILE. Set the other one too, or neither.'],
  [{ TLS_CLIENT_CERTS: 'optional' }, 'TLS_CLIENT_CERTS needs TLS_CERT_FILE: certificates are shown to who speaks TLS.'],
  [
    { TLS_CERT_FILE: 'x', TLS_KEY_FILE: 'x', TLS_CLIENT_CERTS: 'required' },
    'TLS_CLIENT_CERTS=required needs TLS_CLIENT_CA_FILE: the authorities that vouch for them.',
  ],
  [{ TLS_CERT_FILE: '/nowhere', TLS_KEY_FILE: '/nowhere' }, 'The file of TLS_CERT_FILE cannot be read.'],
])('settings that do not fit are said in a sentence: %j', (settings, sentence) => {
  expect(() => tlsOptions(readConfig(settings))).toThrow(sentence);
});
