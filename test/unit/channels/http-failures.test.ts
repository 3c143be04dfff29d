import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import nock from 'nock';
import { fhirPush } from '../../../src/channels/fhir-push.ts';
import { freePort } from '../../support/free-port.ts';
import { context, endpointAt, message, startPartner } from './partner-server.ts';

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
  nock.cleanAll();
});
// Otherwise it stays in the way of the files that come after in this process.
afterAll(() => nock.restore());

/** A partner's HTTP server. @returns its address */
async function server(answer: (response: ServerResponse) => void): Promise<ReturnType<typeof endpointAt>> {
  const partner = await startPartner(answer);
  undo.push(() => partner.close());
  return partner.endpoint;
}

/** Something that accepts connections and does with them as told. @returns its port */
async function listener(onData: (socket: Socket) => void): Promise<number> {
  const sockets: Socket[] = [];
  const listening = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.once('data', () => onData(socket));
  }).listen(0, '127.0.0.1');
  await once(listening, 'listening');
  undo.push(() => {
    for (const socket of sockets) socket.destroy();
    listening.close();
  });
  return (listening.address() as AddressInfo).port;
}

describe('over real sockets, sending', () => {
  test('to a port where nobody listens was surely not accepted', async () => {
    const outcome = await fhirPush.send(message(), endpointAt(await freePort()), context());
    expect(outcome).toEqual({ kind: 'retry', code: 'ECONNREFUSED' });
  });

  test('that is reset after the request was read may have been accepted', async () => {
    const endpoint = await server((response) => response.socket?.resetAndDestroy());
    expect(await fhirPush.send(message(), endpoint, context())).toMatchObject({ kind: 'unknown' });
  });

  test('that is closed without an answer may have been accepted', async () => {
    const endpoint = endpointAt(await listener((socket) => socket.end()));
    expect(await fhirPush.send(message(), endpoint, context())).toMatchObject({ kind: 'unknown' });
  });

  test('that is cut off within the answer may have been accepted', async () => {
    const endpoint = endpointAt(
      await listener((socket) => socket.end('HTTP/1.1 201 Created\r\nContent-Length: 500\r\n\r\n{"resourceType"')),
    );
    expect(await fhirPush.send(message(), endpoint, context())).toMatchObject({ kind: 'unknown' });
  });

  test('that gets no answer in time may have been accepted', async () => {
    const endpoint = await server(() => undefined);
    const outcome = await fhirPush.send(message(), endpoint, context({ signal: AbortSignal.timeout(150) }));
    expect(outcome).toEqual({ kind: 'unknown', code: 'timeout' });
  });

  test('that gets half an answer in time may have been accepted', async () => {
    const endpoint = await server((response) => response.writeHead(201).write('{'));
    const outcome = await fhirPush.send(message(), endpoint, context({ signal: AbortSignal.timeout(150) }));
    expect(outcome).toEqual({ kind: 'unknown', code: 'timeout' });
  });

  test('that breaks the protocol may have been accepted', async () => {
    const endpoint = endpointAt(await listener((socket) => socket.end('220 mail.example ESMTP\r\n')));
    expect(await fhirPush.send(message(), endpoint, context())).toMatchObject({ kind: 'unknown' });
  });

  test('TLS to a server that does not speak it was surely not accepted', async () => {
    const port = await listener((socket) => socket.end('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n'));
    expect(await fhirPush.send(message(), endpointAt(port, 'https'), context())).toMatchObject({ kind: 'retry' });
  });

  test.each<[string, number, Record<string, string>, string, unknown]>([
    ['500', 500, {}, '', { kind: 'unknown', code: 'http-500' }],
    [
      '503 with Retry-After',
      503,
      { 'retry-after': '60' },
      '',
      { kind: 'retry', code: 'http-503', notBefore: new Date('2026-03-02T09:01:00Z') },
    ],
    ['200 with a page instead of JSON', 200, {}, '<html>ok</html>', { kind: 'delivered', code: 'http-200-unreadable' }],
    [
      '201 with more than anybody says',
      201,
      {},
      JSON.stringify('x'.repeat(70_000)),
      { kind: 'delivered', code: 'http-201-unreadable' },
    ],
    [
      '422 in words of FHIR',
      422,
      {},
      '{"resourceType":"OperationOutcome","issue":[]}',
      { kind: 'rejected', code: 'http-422' },
    ],
  ])('that is answered %s', async (_name, status, headers, body, outcome) => {
    const endpoint = await server((response) => response.writeHead(status, headers).end(body));
    expect(await fhirPush.send(message(), endpoint, context())).toEqual(outcome);
  });

  test('that is answered without end is not listened to for ever', async () => {
    const endpoint = await server((response) => {
      response.writeHead(201);
      const talk = setInterval(() => response.write('x'.repeat(32_000)), 1);
      response.on('close', () => clearInterval(talk));
    });
    const outcome = await fhirPush.send(message(), endpoint, context({ signal: AbortSignal.timeout(20_000) }));
    expect(outcome).toEqual({ kind: 'delivered', code: 'http-201-unreadable' });
  });

  test('that is sent elsewhere is not followed: referrals go where the agreement says', async () => {
    let followed = 0;
    const elsewhere = await server((response) => {
      followed += 1;
      response.end('{}');
    });
    const endpoint = await server((response) =>
      response.writeHead(307, { location: `${elsewhere.address}/Task` }).end(),
    );
    expect(await fhirPush.send(message(), endpoint, context())).toEqual({ kind: 'retry', code: 'http-307' });
    expect(followed).toBe(0);
  });
});

describe('what cannot be run on this machine:', () => {
  test.each([
    ['the name is not known', 'ENOTFOUND'],
    ['the name cannot be asked for', 'EAI_AGAIN'],
    ['there is no way there', 'EHOSTUNREACH'],
    ['the certificate has expired', 'CERT_HAS_EXPIRED'],
    ['nobody we know signed the certificate', 'SELF_SIGNED_CERT_IN_CHAIN'],
    ['nobody vouches for the certificate', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
  ])('%s: surely not accepted', async (_name, code) => {
    // A name of its own: a connection to a name is kept for the next request to it.
    const address = `https://${code.toLowerCase().replaceAll('_', '-')}.invalid`;
    nock(address)
      .post('/fhir/Task')
      .replyWithError(Object.assign(new Error(code), { code }));
    const outcome = await fhirPush.send(message(), { ...endpointAt(443), address: `${address}/fhir` }, context());
    expect(outcome).toEqual({ kind: 'retry', code });
  });
});
