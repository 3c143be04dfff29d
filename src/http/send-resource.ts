import type { Resource } from '@medplum/fhirtypes';
import type { Request, Response } from 'express';
import { jsonText } from '../fhir/json-text.ts';
import { type Format, formatAccepted, formatOfName, MEDIA_TYPES } from '../fhir/xml/formats.ts';
import { toXml } from '../fhir/xml/to-xml.ts';
import { say } from './say.ts';

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
  const format = queryOf(request)?.get('_format');
  // An empty one asks for nothing.
  return format ? formatOfName(format) : acceptedFormat(request);
}

/** What an Accept header asks for, remembered: programs send the same one every time. */
const accepted = new Map<string, Format>();
const MOST_REMEMBERED = 200;

function acceptedFormat(request: Request): Format {
  const header = request.headers.accept ?? '';
  const known = accepted.get(header);
  if (known) return known;
  const format = formatAccepted(header);
  if (accepted.size < MOST_REMEMBERED) accepted.set(header, format);
  return format;
}

function sendAs(format: Format, request: Request, response: Response, status: number, resource: Resource): void {
  const isPretty = queryOf(request)?.get('_pretty') === 'true';
  sendText(
    response,
    status,
    MEDIA_TYPES[format],
    format === 'xml' ? toXml(resource, isPretty) : toJson(resource, isPretty),
  );
}

function toJson(resource: Resource, isPretty: boolean): string {
  return isPretty ? JSON.stringify(resource, undefined, 2) : jsonText(resource);
}

/** Sends a text as it is; to HEAD, what it would be. */
export function sendText(response: Response, status: number, mediaType: string, text: string): void {
  say(response, 'Content-Type', mediaType, 'Content-Length', String(Buffer.byteLength(text)));
  // Without its head, `end` would count once more how long the text is.
  response.writeHead(status).end(text);
}

/** The query of a request; undefined when it has none, as most have. */
export function queryOf({ originalUrl }: Request): URLSearchParams | undefined {
  const at = originalUrl.indexOf('?');
  return at < 0 ? undefined : new URLSearchParams(originalUrl.slice(at));
}
