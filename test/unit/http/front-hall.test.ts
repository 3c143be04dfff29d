import { once } from 'node:events';
import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { badRequest, OperationOutcomeError } from '@medplum/core';
import express from 'express';
import nock from 'nock';
import { z } from 'zod';
import { readConfig } from '../../../src/config.ts';
import { AppError } from '../../../src/errors.ts';
import { jsonBody } from '../../../src/http/body.ts';
import { errorHandler } from '../../../src/http/error-handler.ts';
import { loopbackOnly } from '../../../src/http/loopback-only.ts';
import { knownMediaType } from '../../../src/http/media-type.ts';
import { notFound } from '../../../src/http/not-found.ts';
import { requestId } from '../../../src/http/request-id.ts';
import { createLog } from '../../../src/log.ts';

let server: Server;
let port = 0;
beforeAll(async () => {
  // These requests are to arrive as written, so nothing may read them on their way to this machine's own port.
  nock.restore();
  const app = express();
  app.use(requestId, loopbackOnly, jsonBody(readConfig({ BODY_LIMIT_BYTES: '1000' })), knownMediaType);
  app.post('/echo', (request, response) => {
    response.json(request.body);
  });
  app.get('/path/:id', (_request, response) => {
    response.json('ok');
  });
  const thrown: Record<string, () => unknown> = {
    fault: () => new Error('secret'),
    text: () => 'secret',
    ours: () => new AppError('busy', 'x', 'Too much at once. Try again later.'),
    engine: () => new OperationOutcomeError(badRequest('Not good.', 'Task.status')),
    zod: () => z.strictObject({ name: z.string() }).safeParse({ name: 5, other: 1 }).error,
  };
  app.get('/throw/:what', (request) => {
    throw thrown[request.params.what]?.();
  });
  app.use(notFound, errorHandler(createLog({ LOG_LEVEL: 'silent' })));
  server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
});
afterAll(async () => {
  server.close();
  await once(server, 'close');
});

interface Answer {
  readonly status: number;
  readonly headers: Record<string, unknown>;
  readonly text: string;
}

/** Asks as written: the path, Host and Origin are not tidied up on the way. */
async function ask(path: string, headers: Record<string, string> = {}, body?: string): Promise<Answer> {
  const request = httpRequest({
    host: '127.0.0.1',
    port,
    path,
    method: body === undefined ? 'GET' : 'POST',
    headers,
    agent: false,
  });
  request.end(body);
  const [response] = await once(request, 'response');
  let text = '';
  for await (const chunk of response) text += chunk;
  return { status: response.statusCode, headers: response.headers, text };
}

const issueOf = ({ text }: Answer): unknown => JSON.parse(text).issue[0];
const JSON_TYPE = { 'content-type': 'application/json' };

describe('a request', () => {
  test('has the id it came with, when that is one', async () => {
    for (const id of ['abcd-1234', 'A.b_c-D12345'])
      expect((await ask('/path/1', { 'x-request-id': id })).headers['x-request-id']).toBe(id);
  });

  test.each(['', 'short', 'x'.repeat(65), 'with space here', '<script>alert'])(
    'has a new id, when it came with "%s"',
    async (id) => {
      const given = (await ask('/path/1', { 'x-request-id': id })).headers['x-request-id'];
      expect(given).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    },
  );

  test('with an id has it in the answer to a refusal too', async () => {
    expect((await ask('/nowhere', { 'x-request-id': 'abcd-1234' })).headers['x-request-id']).toBe('abcd-1234');
  });
});

describe('while people are known by being on this machine', () => {
  test.each(['localhost', 'localhost:80', '127.0.0.1:9', '127.1.2.3', '[::1]:8080', 'LOCALHOST'])(
    'a request to %s is answered',
    async (host) => {
      expect((await ask('/path/1', { host })).status).toBe(200);
    },
  );

  test.each(['careloop.example', 'localhost.evil.example', '127.0.0.1.evil.example', '10.0.0.1', 'evil.example:80'])(
    'one to "%s" is refused',
    async (host) => {
      const answer = await ask('/path/1', { host });
      expect(answer.status).toBe(403);
      expect(issueOf(answer)).toMatchObject({
        code: 'forbidden',
        details: {
          text: 'This hub answers only programs on its own machine. Set HOST to open it to others; they then need tokens.',
        },
      });
    },
  );

  test.each(['http://evil.example', 'http://localhost:1', 'null', 'not an address'])(
    'one from a page of %s is refused',
    async (origin) => {
      expect((await ask('/path/1', { host: 'localhost', origin })).status).toBe(403);
    },
  );

  test('one from a page of its own is answered', async () => {
    expect((await ask('/path/1', { host: 'localhost:8080', origin: 'http://localhost:8080' })).status).toBe(200);
  });
});

describe('a body', () => {
  test.each([
    'application/json',
    'application/fhir+json',
    'application/fhir+json; charset=utf-8',
    'application/json-patch+json',
  ])('of the type %s is read', async (type) => {
    expect(await ask('/echo', { 'content-type': type }, '{"a":"Å"}')).toMatchObject({ status: 200, text: '{"a":"Å"}' });
  });

  test.each<[string, Record<string, string>, string, number, string]>([
    [
      'of another type',
      { 'content-type': 'text/xml' },
      '<a/>',
      415,
      'Send JSON: Content-Type application/fhir+json (application/json-patch+json for a JSON Patch).',
    ],
    [
      'of no type',
      {},
      '{}',
      415,
      'Send JSON: Content-Type application/fhir+json (application/json-patch+json for a JSON Patch).',
    ],
    [
      'in another character set',
      { 'content-type': 'application/json; charset=koi8-r' },
      '{}',
      415,
      'Send the body in UTF-8, plain or with gzip.',
    ],
    [
      'packed in a way we do not know',
      { ...JSON_TYPE, 'content-encoding': 'zip' },
      '{}',
      415,
      'Send the body in UTF-8, plain or with gzip.',
    ],
    [
      'that is not JSON',
      JSON_TYPE,
      '{"a":',
      400,
      'The body is not JSON. Check it with a JSON parser and send it again.',
    ],
    [
      'that is a bare word',
      JSON_TYPE,
      '"a"',
      400,
      'The body is not JSON. Check it with a JSON parser and send it again.',
    ],
    [
      'that is too large',
      JSON_TYPE,
      JSON.stringify('x'.repeat(2_000)),
      413,
      'The body is larger than 1000 bytes. Split it, or send documents as references.',
    ],
    [
      'that says it is packed and is not',
      { ...JSON_TYPE, 'content-encoding': 'gzip' },
      '{}',
      400,
      'The body cannot be unpacked. Send it plain, or packed with gzip.',
    ],
  ])('%s is refused', async (_name, headers, body, status, text) => {
    const answer = await ask('/echo', headers, body);
    expect([answer.status, answer.headers['content-type']]).toEqual([status, 'application/fhir+json; charset=utf-8']);
    expect(issueOf(answer)).toMatchObject({ severity: 'error', details: { text } });
  });
});

describe('an address', () => {
  test('where nothing is says where something is', async () => {
    const answer = await ask('/nowhere');
    expect(answer.status).toBe(404);
    expect(issueOf(answer)).toMatchObject({
      code: 'not-found',
      details: { text: 'There is nothing at this address. The FHIR API is at /fhir/R4, the page at /.' },
    });
  });

  test('that is not well formed is the caller’s to correct', async () => {
    const answer = await ask('/path/%E0%A4%A');
    expect(answer.status).toBe(400);
    expect(issueOf(answer)).toMatchObject({
      details: {
        text: 'The address is not well formed: a % in it is not followed by two hexadecimal digits of UTF-8.',
      },
    });
  });
});

describe('an error becomes an OperationOutcome:', () => {
  test.each([
    ['ours, as it is', 'ours', 429, 'Too much at once. Try again later.'],
    ['the engine’s, as it is', 'engine', 400, 'Not good.'],
    [
      'an unknown one, of which nothing is told',
      'fault',
      500,
      'Internal error. Nothing was changed; report it with the request id.',
    ],
    ['no error at all, likewise', 'text', 500, 'Internal error. Nothing was changed; report it with the request id.'],
  ])('%s', async (_name, what, status, text) => {
    const answer = await ask(`/throw/${what}`);
    expect(answer.status).toBe(status);
    expect(issueOf(answer)).toMatchObject({ details: { text } });
    expect(JSON.parse(answer.text)).not.toHaveProperty('id');
    expect(answer.text).not.toContain('secret');
  });

  test('a request that does not fit, with each place', async () => {
    const answer = await ask('/throw/zod');
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.text).issue).toEqual([
      expect.objectContaining({ expression: ['name'], code: 'invalid' }),
      expect.objectContaining({ details: expect.objectContaining({ text: expect.stringContaining('other') }) }),
    ]);
  });
});
