import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Binary, Resource } from '@medplum/fhirtypes';
import type { Request, Response } from 'express';
import { contentHeaders, wantsContent } from '../fhir/binary.ts';
import type { OperationAnswer } from '../fhir/operations/operation.ts';
import { correlationIn, correlationOf } from '../fhir/rest/correlation.ts';
import type { Answer, Interaction } from '../fhir/rest/interaction.ts';
import { resourceOf, type Standing } from '../fhir/rest/interactions/read-standing.ts';
import { changes } from '../fhir/rest/perform.ts';
import { confirmation } from '../fhir/rest/request/confirmation.ts';
import { hasThisVersion, type Version, versionOf } from '../fhir/rest/request/has-this-version.ts';
import { type Preference, readPrefer } from '../fhir/rest/request/prefer.ts';
import { shorten } from '../fhir/rest/request/shorten.ts';
import { MEDIA_TYPES } from '../fhir/xml/formats.ts';
import { say } from './say.ts';
import { queryOf, requestedFormat, sendResource, sendText } from './send-resource.ts';

/** Sends the answer to an interaction, with the version it speaks of. @see https://hl7.org/fhir/R4/http.html#versioning */
export function sendAnswer(
  request: Request,
  response: Response,
  base: string,
  asked: Interaction,
  answer: Answer,
): void {
  const { resource, status } = answer;
  // Before any header: what cannot be shortened so is refused without them.
  const shown = resource && !changes(asked) ? shorten(resource, asked.params) : resource;
  const version = versionOf(resource);
  sayVersion(response, version);
  if (!answer.isHidden) sayCorrelation(response, correlationOf(resource));
  if (!changes(asked)) {
    if (hasThisVersion(version, asked)) response.status(304).end();
    else if (resource && isContentWanted(request, resource)) sendContent(response, resource);
    else if (shown) sendResource(request, response, status, shown);
    return;
  }
  if (resource?.id) {
    say(response, 'Location', `${base}/${resource.resourceType}/${resource.id}/_history/${version.versionId}`);
  }
  sendWritten(request, response, readPrefer(request.get('prefer')), answer);
}

/** Sends a resource that was read: as it is stored, where nothing else is asked for. */
export function sendStanding(
  request: Request,
  response: Response,
  base: string,
  asked: Interaction,
  standing: Standing,
): void {
  if (asked.params.length > 0 || standing.type === 'Binary' || requestedFormat(request) !== 'json') {
    sendAnswer(request, response, base, asked, { status: 200, resource: resourceOf(standing) });
    return;
  }
  sayVersion(response, standing);
  sayCorrelation(response, correlationIn(standing));
  if (hasThisVersion(standing, asked)) response.status(304).end();
  else sendText(response, 200, MEDIA_TYPES.json, standing.text);
}

function sayVersion(response: Response, { versionId, lastUpdated }: Version): void {
  if (versionId) say(response, 'ETag', `W/"${versionId}"`);
  if (lastUpdated) say(response, 'Last-Modified', lastUpdated.toUTCString());
}

function sayCorrelation(response: Response, id: string | undefined): void {
  if (id) say(response, 'X-Correlation-Id', id);
}

function isContentWanted(request: Request, resource: Resource): resource is Binary {
  if (resource.resourceType !== 'Binary') return false;
  return wantsContent(resource, request.get('accept'), queryOf(request)?.get('_format') || undefined);
}

/** Sends the content of a Binary as it was sent to it, to be kept as a file. @see https://hl7.org/fhir/R4/binary.html#rest */
export function sendContent(response: Response, binary: Binary): void {
  // Not by express, which would add a charset to some types.
  for (const [name, value] of Object.entries(contentHeaders(binary))) response.setHeader(name, value);
  response.status(200).end(Buffer.from(binary.data ?? '', 'base64'));
}

function sendWritten(request: Request, response: Response, { returns }: Preference, answer: Answer): void {
  const { resource, status, isHidden } = answer;
  if (returns === 'minimal') response.status(status === 200 && !resource ? 204 : status).end();
  else if (returns === 'OperationOutcome' || !resource || isHidden)
    sendResource(request, response, status, confirmation(answer.status, answer.resource));
  else sendResource(request, response, status, resource);
}

/** Sends an answer that is no resource, as fast as it is read. Who goes away, before it begins or ends, is not waited for. */
export async function sendRaw(
  response: Response,
  status: number,
  { mediaType, body }: NonNullable<OperationAnswer['raw']>,
): Promise<void> {
  const source = body instanceof Readable ? body : Readable.from(typeof body === 'string' ? [body] : body);
  if (response.destroyed) {
    source.destroy();
    return;
  }
  response.status(status).set('Content-Type', mediaType);
  try {
    await pipeline(source, response);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw thrown;
  }
}
