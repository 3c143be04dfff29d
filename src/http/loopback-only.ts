import type { RequestHandler } from 'express';
import { AppError } from '../errors.ts';

const LOOPBACK_NAMES = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/i;

/**
 * A hub that only its own machine can reach must not be reached by a page of another site in a browser there: requests
 * must be addressed to a loopback name, and none may come from another origin (DNS rebinding).
 */
export const loopbackOnly: RequestHandler = (request, _response, next) => {
  const { host = '', origin } = request.headers;
  if (!LOOPBACK_NAMES.test(host) || (origin !== undefined && hostOf(origin) !== host)) {
    throw new AppError(
      'forbidden',
      'access.other-origin',
      'This hub answers only programs on its own machine. Set HOST to open it to others.',
    );
  }
  next();
};

/** Undefined for `null`, which a browser says of pages that have no address. */
function hostOf(origin: string): string | undefined {
  return URL.parse(origin)?.host;
}
