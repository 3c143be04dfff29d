import type { RequestHandler } from 'express';
import { AppError } from '../errors.ts';

/** Nothing of ours answers this address. */
export const notFound: RequestHandler = () => {
  throw noSuchAddress();
};

export function noSuchAddress(): AppError {
  return new AppError(
    'notFound',
    'http.no-such-address',
    'There is nothing at this address. The FHIR API is at /fhir/R4, the page at /.',
  );
}
