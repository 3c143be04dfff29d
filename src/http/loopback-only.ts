import type { RequestHandler } from 'express';
import { AppError } from '../errors.ts';

const LOOPBACK_NAMES = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/i;

/**
 * While people at the hub are known by being on this machine, a page of another site in their browser must not speak
 * for them: requests must be addressed to a loopback name, and none may come from another origin.
 */
export const loopbackOnly: RequestHandler = (request, _response, next) => {
  const host = request.get('host') ?? '';
  const origin = request.get('origin');
  if (!LOOPBACK_NAMES.test(host) || (origin !== undefined && hostOf(origin) !== host)) {
    throw new AppError(
      'forbidden',
      'access.other-origin',
      'This hub answers only programs on its own machine. Set HOST to open it to others; they then need tokens.',
    );
  }
  next();
};

/** Undefined for `null`, which a browser says of pages that have no address. */
function hostOf(origin: string): string | undefined {
  return URL.parse(origin)?.host;
}
