import { randomUUID, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { createServer, request as httpsRequest, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { exportJWK } from 'jose';
import { readConfig } from '../../src/config.ts';
import { proxiedCertificates } from '../../src/http/proxied-certificate.ts';
import { call, type Answer as JsonAnswer } from '../support/api.ts';
import { type Authority, type Certificate, type CertificateMaker, certificateMaker } from '../support/certificates.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { answersIn, openRaw } from '../support/raw.ts';

const HEADER = 'Client-Cert';

/** How proxies write a certificate into a header. */
const FORMS: Readonly<Record<string, (der: Buffer) => string>> = {
  'as RFC 9440 writes it': (der) => `:${der.toString('base64')}:`,
  'as PEM with percent signs': (der) => encodeURIComponent(new X509Certificate(der).toString()),
};

interface Answer {
  readonly status: number | undefined;
  readonly body: Record<string, unknown>;
}

describe.each(Object.entries(FORMS))('behind a proxy that says %s', (_name, write) => {
  let maker: CertificateMaker;
  let [ours, others]: Authority[] = [];
  let hub: TestHub;
  let proxy: Server;
  let server: Certificate;
  let program = '';
  let mine: Certificate;

  const register = async (how: object): Promise<string> => {
    const body = { name: 'A program', organizationId: 'careloop', scopes: ['system/*.rs'], ...how };
    const answer: JsonAnswer<{ id: string }> = await call('POST', `${hub.url}/api/clients`, { body });
    expect(answer.status).toBe(201);
    return answer.body.id;
  };
  const through = async (
    path: string,
    shown: Certificate | undefined,
    form?: object,
    headers: object = {},
  ): Promise<Answer> => {
    const { port } = proxy.address() as AddressInfo;
    const identity = shown ? { cert: shown.cert, key: shown.key } : {};
    const type = form ? { 'content-type': 'application/x-www-form-urlencoded' } : {};
    const options = {
      method: form ? 'POST' : 'GET',
      ca: server.cert && (ours as Authority).cert,
      agent: false,
      headers: { ...type, ...headers },
      ...identity,
    };
    const asked = httpsRequest(`https://127.0.0.1:${port}${path}`, options as object);
    asked.end(form ? new URLSearchParams({ ...form }).toString() : undefined);
    const [response] = await once(asked, 'response');
    let text = '';
    for await (const chunk of response) text += chunk;
    return { status: response.statusCode, body: text ? JSON.parse(text) : {} };
  };
  const ask = (clientId: string, shown?: Certificate, headers: object = {}): Promise<Answer> =>
    through(
      '/oauth/token',
      shown,
      { grant_type: 'client_credentials', client_id: clientId, scope: 'system/*.rs' },
      headers,
    );
  const read = (token: unknown, shown?: Certificate): Promise<Answer> =>
    through('/fhir/R4/Organization', shown, undefined, { authorization: `Bearer ${token}` });
  const said = ({ cert }: Certificate): string => write(new X509Certificate(cert).raw);

  beforeAll(async () => {
    maker = await certificateMaker();
    ours = await maker.authority('Our authority');
    others = await maker.authority('Another authority');
    server = await ours.issue('/CN=127.0.0.1');
    hub = await startHub('embedded', {
      settings: {
        TRUSTED_PROXIES: '127.0.0.1',
        TLS_CLIENT_CERT_HEADER: HEADER,
        TLS_CLIENT_CA_FILE: ours.certFile,
        PUBLIC_URL: 'https://hub.example',
      },
    });
    proxy = createServer(
      { cert: server.cert, key: server.key, requestCert: true, rejectUnauthorized: false },
      (inwards, outwards) => {
        const { [HEADER.toLowerCase()]: _theirs, ...headers } = inwards.headers;
        const shown = (inwards.socket as TLSSocket).getPeerX509Certificate();
        if (shown) headers[HEADER.toLowerCase()] = write(shown.raw);
        headers.host = new URL(hub.url).host;
        const forward = httpRequest(`${hub.url}${inwards.url}`, { method: inwards.method, headers }, (answer) => {
          outwards.writeHead(answer.statusCode ?? 500, answer.headers);
          answer.pipe(outwards);
        });
        inwards.pipe(forward);
      },
    ).listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    mine = await ours.issue('/C=SE/O=St. Anna, Hospital/CN=Discharge');
    program = await register({ tlsSubject: 'CN=Discharge, O=St. Anna\\, Hospital, C=SE' });
  });
  afterAll(async () => {
    proxy?.closeAllConnections();
    proxy?.close();
    await hub?.close();
    await maker?.remove();
  });

  test('programs are told that they may sign in by certificates', async () => {
    const { body } = await through('/fhir/R4/.well-known/smart-configuration', undefined);
    expect(body).toMatchObject({ tls_client_certificate_bound_access_tokens: true });
  });

  test('a program gets a token by the certificate it has shown, which is good with that alone', async () => {
    const { status, body } = await ask(program, mine);
    expect({ status, body }).toMatchObject({ status: 200, body: { scope: 'system/*.rs' } });
    expect(await read(body.access_token, mine)).toMatchObject({ status: 200 });
    const renewed = await (ours as Authority).issue('/C=SE/O=St. Anna, Hospital/CN=Discharge');
    for (const shown of [undefined, renewed])
      expect(await read(body.access_token, shown)).toMatchObject({ status: 401 });
  });

  test('a token is good with its certificate alone, also where the proxy sends all requests over one connection', async () => {
    const { access_token: token } = (await ask(program, mine)).body;
    const another = await (ours as Authority).issue('/CN=Another program');
    const raw = openRaw(hub.url);
    const shown = [mine, undefined, mine, another, another, mine];
    for (const [at, each] of shown.entries()) {
      const certificate = each ? `${HEADER}: ${said(each)}\r\n` : '';
      const last = at + 1 === shown.length ? 'Connection: close\r\n' : '';
      raw.socket.write(
        `GET /fhir/R4/Organization HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\n${certificate}${last}\r\n`,
      );
    }
    const answers = answersIn(await raw.closed);
    expect(answers.map(({ status }) => status)).toEqual([200, 401, 200, 401, 401, 200]);
  });

  test('one of another authority, of its own making, or that has expired gets none', async () => {
    const subject = '/C=SE/O=St. Anna, Hospital/CN=Discharge';
    const shown = [
      undefined,
      await (others as Authority).issue(subject),
      await maker.selfSigned(subject),
      await (ours as Authority).issue(subject, -1),
      await (ours as Authority).issue('/CN=Somebody else'),
      await (ours as Authority).issue(subject, 2, ['extendedKeyUsage=serverAuth']),
      await maker.issuing(await (ours as Authority).issue('/CN=Another program')).issue(subject),
      await (ours as Authority).issue('/CN=Discharge,O=St. Anna\\, Hospital,C=SE'),
    ];
    for (const each of shown)
      expect(await ask(program, each)).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
  });

  test('one of its own making gets one where it stands among its keys', async () => {
    const own = await maker.selfSigned('/CN=Own');
    const { publicKey, raw } = new X509Certificate(own.cert);
    const key = { ...(await exportJWK(publicKey)), kid: randomUUID(), x5c: [raw.toString('base64')] };
    const id = await register({ tlsSelfSigned: true, jwks: { keys: [key] } });
    expect(await ask(id, own)).toMatchObject({ status: 200 });
    expect(await ask(id, await maker.selfSigned('/CN=Own'))).toMatchObject({ status: 401 });
  });

  test('nobody is believed who writes the header itself: through the proxy, or past it', async () => {
    expect(await ask(program, undefined, { [HEADER]: said(mine) })).toMatchObject({ status: 401 });
    const strict = await startHub('embedded', {
      settings: {
        TRUSTED_PROXIES: '10.0.0.0/8',
        TLS_CLIENT_CERT_HEADER: HEADER,
        TLS_CLIENT_CA_FILE: (ours as Authority).certFile,
      },
    });
    const body = {
      name: 'A program',
      organizationId: 'careloop',
      scopes: ['system/*.rs'],
      tlsSubject: 'CN=Discharge,O=St. Anna\\, Hospital,C=SE',
    };
    const { id } = (await call<{ id: string }>('POST', `${strict.url}/api/clients`, { body })).body;
    const form = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: id,
      scope: 'system/*.rs',
    }).toString();
    const headers = {
      'content-type': 'application/x-www-form-urlencoded',
      [HEADER]: said(mine),
      'x-forwarded-for': '10.0.0.1',
    };
    const answer = await call('POST', `${strict.url}/oauth/token`, { token: null, body: form, headers });
    await strict.close();
    expect(answer).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
  });

  test.each([
    '',
    'x',
    ':x:',
    '%',
    ':AAAA:',
    encodeURIComponent('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----'),
    'x'.repeat(15_000),
  ])('a header that holds no certificate is none (%#)', async (value) => {
    const form = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: program,
      scope: 'system/*.rs',
    }).toString();
    const headers = { 'content-type': 'application/x-www-form-urlencoded', [HEADER]: value };
    const answer = await call('POST', `${hub.url}/oauth/token`, { token: null, body: form, headers });
    expect(answer).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
  });
});

test('a hub that would believe the header of anybody does not start', () => {
  expect(() => proxiedCertificates(readConfig({ TLS_CLIENT_CERT_HEADER: HEADER }))).toThrow(
    'TLS_CLIENT_CERT_HEADER needs TRUSTED_PROXIES: anybody else could write that header.',
  );
});
