import { randomUUID } from 'node:crypto';
import type { RequestHandler } from 'express';
import { header } from './header.ts';
import { say } from './say.ts';

const USABLE = /^[A-Za-z0-9\-_.]{8,64}$/;

/** Every request has an id: the caller's, when it is one, else a new one. It comes back in X-Request-Id. */
export const requestId: RequestHandler = (request, response, next) => {
  const given = header(request.headers['x-request-id']) ?? '';
  const id = USABLE.test(given) ? given : randomUUID();
  response.locals.requestId = id;
  say(response, 'X-Request-Id', id);
  next();
};
