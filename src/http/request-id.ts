import { randomUUID } from 'node:crypto';
import type { RequestHandler } from 'express';

const USABLE = /^[A-Za-z0-9\-_.]{8,64}$/;

/** Every request has an id: the caller's, when it is one, else a new one. It comes back in X-Request-Id. */
export const requestId: RequestHandler = (request, response, next) => {
  const given = request.get('x-request-id') ?? '';
  const id = USABLE.test(given) ? given : randomUUID();
  response.locals.requestId = id;
  response.setHeader('X-Request-Id', id);
  next();
};
