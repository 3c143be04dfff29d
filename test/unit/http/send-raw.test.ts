import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import { expect, test } from '@jest/globals';
import express from 'express';
import { sendRaw } from '../../../src/http/send-answer.ts';

test.each(['plain', 'packed'])(
  'who is gone before an answer begins is sent nothing, and no fault is made of it (%s)',
  async (how) => {
    const source = Readable.from(['{}\n']);
    const body = how === 'packed' ? source.pipe(createGzip()) : source;
    const sent = Promise.withResolvers<void>();
    const app = express();
    app.get('/file', (_request, response) => {
      response.on('close', () =>
        sendRaw(response, 200, { mediaType: 'text/plain', body }).then(sent.resolve, sent.reject),
      );
    });
    const server = createServer(app).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    socket.write('GET /file HTTP/1.1\r\nHost: x\r\n\r\n', () => socket.destroy());
    await expect(sent.promise).resolves.toBeUndefined();
    expect(body.destroyed).toBe(true);
    server.close();
  },
);
