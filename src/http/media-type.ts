import type { RequestHandler } from 'express';
import { AppError } from '../errors.ts';

/** A body in another format is refused by name, rather than read as no body at all. */
export const knownMediaType: RequestHandler = (request, _response, next) => {
  const hasBody = Number(request.get('content-length') ?? 0) > 0 || request.get('transfer-encoding') !== undefined;
  if (hasBody && request.body === undefined) {
    throw new AppError(
      'unsupportedMedia',
      'http.media-type',
      'Send JSON or FHIR XML: Content-Type application/fhir+json or application/fhir+xml (application/json-patch+json for a JSON Patch).',
    );
  }
  next();
};
