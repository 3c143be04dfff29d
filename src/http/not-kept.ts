import type { RequestHandler } from 'express';
import { say } from './say.ts';

/**
 * Nothing that is answered is kept, by a browser that others use afterwards or by a cache on the way, unless a route says
 * otherwise: without a word they might keep what has a Last-Modified.
 * @see https://www.rfc-editor.org/rfc/rfc9111#section-4.2.2
 */
export const notKept: RequestHandler = (_request, response, next) => {
  say(response, 'Cache-Control', 'no-store');
  next();
};
