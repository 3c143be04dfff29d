import { once } from 'node:events';
import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import express, { type ErrorRequestHandler, type RequestHandler } from 'express';
import { bornFor } from '../../../src/http/born-for.ts';
import { frontOf } from '../../../src/http/front.ts';
import { inOrder } from '../../../src/http/in-order.ts';
import { say } from '../../../src/http/say.ts';

let server: Server | undefined;
afterEach(async () => {
  server?.close();
  server?.closeAllConnections();
  await (server && once(server, 'close'));
  server = undefined;
});

interface Heard {
  readonly status: number;
  /** Names as they were written, in small letters; as many as came. */
  readonly headers: readonly [name: string, value: string][];
  readonly text: string;
}

/** Asks a front of one hall, behind which an app says what has come through. */
async function ask(hall: RequestHandler, onError: ErrorRequestHandler = refuse): Promise<Heard> {
  const app = express();
  app.disable('x-powered-by');
  app.get('/asked', (request, response) => void response.json([request.originalUrl, request.app === app]));
  const front = frontOf(app, inOrder(hall), onError);
  server = createServer(bornFor(front.app), front.answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const request = httpRequest({ host: '127.0.0.1', port, path: '/asked', agent: false });
  request.end();
  const [response] = await once(request, 'response');
  let text = '';
  for await (const chunk of response) text += chunk;
  const raw = response.rawHeaders as string[];
  const headers = raw.flatMap((name, at): [string, string][] =>
    at % 2 === 0 ? [[name.toLowerCase(), raw[at + 1] ?? '']] : [],
  );
  return { status: response.statusCode, headers, text };
}

const refuse: ErrorRequestHandler = (thrown: Error, _request, response, _next) => {
  response.status(400).end(thrown.message);
};

const of = ({ headers }: Heard, wanted: string): string[] =>
  headers.filter(([name]) => name === wanted).map(([, value]) => value);

describe('what an answer says', () => {
  test('is sent, with what it sets', async () => {
    const heard = await ask((_request, response) => {
      say(response, 'X-One', '1', 'Content-Length', '2');
      response.statusCode = 201;
      response.end('ok');
    });
    expect(heard).toMatchObject({ status: 201, text: 'ok' });
    expect([of(heard, 'x-one'), of(heard, 'content-length'), of(heard, 'transfer-encoding')]).toEqual([
      ['1'],
      ['2'],
      [],
    ]);
  });

  test('is sent unless it is set otherwise, and then once', async () => {
    const heard = await ask((_request, response) => {
      say(response, 'Cache-Control', 'no-store', 'X-One', '1');
      response.setHeader('cache-control', 'private');
      response.end();
    });
    expect([of(heard, 'cache-control'), of(heard, 'x-one')]).toEqual([['private'], ['1']]);
  });

  test('is sent with headers that come with the head', async () => {
    const heard = await ask((_request, response) => {
      say(response, 'Cache-Control', 'no-store', 'X-One', '1');
      response.writeHead(202, 'Taken', { 'Cache-Control': 'private' }).end();
    });
    expect(heard.status).toBe(202);
    expect([of(heard, 'cache-control'), of(heard, 'x-one')]).toEqual([['private'], ['1']]);
  });

  test('is sent with what express answers by itself', async () => {
    const heard = await ask((_request, response) => {
      say(response, 'X-One', '1');
      response.json({});
    });
    expect([of(heard, 'x-one'), of(heard, 'content-type')]).toEqual([['1'], ['application/json; charset=utf-8']]);
  });

  test('cannot hold another header in it', async () => {
    const heard = ask((_request, response) => {
      say(response, 'X-One', 'a\r\nX-Two: b');
      response.end();
    });
    await expect(heard).rejects.toMatchObject({ code: 'ECONNRESET' });
  });
});

describe('a front', () => {
  test('hands the app what its hall lets pass', async () => {
    const heard = await ask((_request, response, next) => {
      say(response, 'X-One', '1');
      next();
    });
    expect(heard).toMatchObject({ status: 200, text: '["/asked",true]' });
    expect(of(heard, 'x-one')).toEqual(['1']);
  });

  test('has what the hall refuses answered', async () => {
    const heard = await ask((_request, _response, next) => next(new Error('Not so.')));
    expect(heard).toMatchObject({ status: 400, text: 'Not so.' });
  });

  test('closes the connection where an error comes after the head', async () => {
    const late: ErrorRequestHandler = (thrown, _request, response, next) =>
      response.headersSent ? next(thrown) : undefined;
    const cut = ask((_request, response, next) => {
      response.writeHead(200).write('half of it');
      next(new Error('Late.'));
    }, late);
    await expect(cut).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  test('closes the connection where answering an error fails', async () => {
    const cut = ask(
      (_request, _response, next) => next(new Error('Not so.')),
      async () => {
        throw new Error('Nor this.');
      },
    );
    await expect(cut).rejects.toMatchObject({ code: 'ECONNRESET' });
  });
});
