import type { Resource } from '@medplum/fhirtypes';
import type { Request, Response } from 'express';
import { type Format, formatOf, MEDIA_TYPES } from '../fhir/xml/formats.ts';
import { toXml } from '../fhir/xml/to-xml.ts';

/**
 * Sends a resource in the form the request asks for (`_format`, Accept; `_pretty` for people).
 * @throws AppError (406) when it asks for a form there is not
 */
export function sendResource(request: Request, response: Response, status: number, resource: Resource): void {
  sendAs(requestedFormat(request), request, response, status, resource);
}

/** Sends what went wrong: in the form asked for where there is one, else as JSON. */
export function sendOutcome(request: Request, response: Response, status: number, outcome: Resource): void {
  let format: Format = 'json';
  try {
    format = requestedFormat(request);
  } catch {
    // Who asks for a form there is not is told so in JSON.
  }
  sendAs(format, request, response, status, outcome);
}

/** The form a request asks for. @throws AppError (406) */
export function requestedFormat(request: Request): Format {
  const format = new URL(request.originalUrl, 'http://localhost').searchParams.get('_format');
  return formatOf(format ?? undefined, (types) => request.accepts([...types]));
}

function sendAs(format: Format, request: Request, response: Response, status: number, resource: Resource): void {
  const pretty = new URL(request.originalUrl, 'http://localhost').searchParams.get('_pretty') === 'true';
  const body = format === 'xml' ? toXml(resource, pretty) : JSON.stringify(resource, undefined, pretty ? 2 : undefined);
  response.status(status).set('Content-Type', MEDIA_TYPES[format]).send(body);
}
