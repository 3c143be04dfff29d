import { once } from 'node:events';
import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { badRequest, OperationOutcomeError } from '@medplum/core';
import express, { type Express } from 'express';
import { z } from 'zod';
import { readConfig } from '../../../src/config.ts';
import { AppError } from '../../../src/errors.ts';
import { jsonBody } from '../../../src/http/body.ts';
import { bornFor } from '../../../src/http/born-for.ts';
import { errorHandler } from '../../../src/http/error-handler.ts';
import { loopbackOnly } from '../../../src/http/loopback-only.ts';
import { knownMediaType } from '../../../src/http/media-type.ts';
import { notFound } from '../../../src/http/not-found.ts';
import { requestId } from '../../../src/http/request-id.ts';
import { createLog, type Log } from '../../../src/log.ts';

export interface RawAnswer {
  readonly status: number;
  readonly headers: Record<string, unknown>;
  readonly text: string;
}

/** The rules of the front hall, in order, before a few addresses that echo and fail. */
export interface SmallHall {
  /** Asks as written: the path, Host and Origin are not tidied up on the way. */
  ask(path: string, headers?: Record<string, string>, body?: string): Promise<RawAnswer>;
  close(): Promise<void>;
}

export async function openSmallHall(log: Log = createLog({ LOG_LEVEL: 'silent' })): Promise<SmallHall> {
  const app = hall(log);
  const server = createServer(bornFor(app), app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    ask: (path, headers = {}, body) => ask(port, path, headers, body),
    close: async () => {
      server.close();
      await once(server, 'close');
    },
  };
}

function hall(log: Log): Express {
  const app = express();
  app.use(requestId, loopbackOnly, jsonBody(readConfig({ BODY_LIMIT_BYTES: '1000' })), knownMediaType);
  app.post('/echo', (request, response) => {
    response.json(request.body);
  });
  app.get('/path/:id', (_request, response) => {
    response.json('ok');
  });
  app.get('/late', (_request, response) => {
    response.write('half of it');
    throw new Error('secret');
  });
  app.get('/throw/:what', (request) => {
    throw THROWN[request.params.what]?.();
  });
  app.use(
    notFound,
    errorHandler(log, {
      record: async () => undefined,
      noteRefusal: async () => undefined,
    }),
  );
  return app;
}

const THROWN: Readonly<Record<string, () => unknown>> = {
  fault: () => new Error('secret'),
  text: () => 'secret',
  ours: () => new AppError('busy', 'x', 'Too much at once. Try again later.'),
  engine: () => new OperationOutcomeError(badRequest('Not good.', 'Task.status')),
  zod: () => z.strictObject({ name: z.string() }).safeParse({ name: 5, other: 1 }).error,
};

async function ask(port: number, path: string, headers: Record<string, string>, body?: string): Promise<RawAnswer> {
  const method = body === undefined ? 'GET' : 'POST';
  const request = httpRequest({ host: '127.0.0.1', port, path, method, headers, agent: false });
  request.end(body);
  const [response] = await once(request, 'response');
  let text = '';
  for await (const chunk of response) text += chunk;
  return { status: response.statusCode, headers: response.headers, text };
}

/** What an answer says first. */
export function issueOf({ text }: RawAnswer): unknown {
  return JSON.parse(text).issue[0];
}
