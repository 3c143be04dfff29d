import type { RequestHandler } from 'express';
import { AppError } from '../errors.ts';
import { isOtherVersion } from '../fhir/xml/formats.ts';

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
  if (hasBody && isOtherVersion(request.get('content-type') ?? '') && !request.path.startsWith('/Binary')) {
    const text = 'This server speaks FHIR R4. Send R4 with fhirVersion=4.0 in the Content-Type, or without a version.';
    throw new AppError('unsupportedMedia', 'http.fhir-version', text);
  }
  next();
};
