import type { RequestHandler } from 'express';
import { AppError } from '../errors.ts';

/**
 * Refuses HEAD where GET begins something, with what may be asked there in `Allow`: HEAD asks what GET would say, and must
 * do nothing.
 * @see https://www.rfc-editor.org/rfc/rfc9110#name-head
 */
export const refuseHead: RequestHandler = (_request, response) => {
  response.setHeader('Allow', 'GET');
  throw new AppError('notAllowed', 'http.head', 'Asking for this address begins something: it is called by GET only.');
};
