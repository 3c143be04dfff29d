import express, { type Request, type RequestHandler } from 'express';
import type { Config } from '../config.ts';
import { mayHoldUnusualNumbers, parseJson } from '../db/written-numbers.ts';
import { binaryOf, type SentContent } from '../fhir/binary.ts';
import { XML_TYPES } from '../fhir/xml/formats.ts';
import { fromXml } from '../fhir/xml/from-xml.ts';
import { inOrder } from './in-order.ts';
import { isShallow, nestedTooDeep } from './json-depth.ts';

const JSON_TYPES = ['application/json', 'application/fhir+json', 'application/json-patch+json', 'text/json'];

/** Rules that read bodies, for who sends one: most only read. @see https://www.rfc-editor.org/rfc/rfc9112#section-6.3 */
export function ifSent(...rules: readonly RequestHandler[]): RequestHandler {
  const read = inOrder(...rules);
  return (request, response, next) => {
    const { 'content-length': length, 'transfer-encoding': coding } = request.headers;
    if (length === undefined && coding === undefined) next();
    else read(request, response, next);
  };
}

/** Reads JSON bodies up to the limit. Decimals stay as they are written: most bodies have none that could change. */
export function jsonBody(config: Pick<Config, 'BODY_LIMIT_BYTES' | 'NESTING_LIMIT'>): RequestHandler {
  const unusual = new WeakMap<object, Buffer>();
  const tooDeep = new WeakSet<object>();
  const verify = (request: object, _response: unknown, bytes: Buffer): void => {
    if (!isShallow(bytes, config.NESTING_LIMIT)) {
      tooDeep.add(request);
      throw new Error('It is not read.');
    }
    if (mayHoldUnusualNumbers(bytes.toString('latin1'))) unusual.set(request, bytes);
  };
  const read = express.json({ limit: config.BODY_LIMIT_BYTES, type: JSON_TYPES, strict: true, verify });
  return (request, response, next) => {
    read(request, response, (thrown?: unknown) => {
      const bytes = thrown === undefined ? unusual.get(request) : undefined;
      if (bytes) request.body = parseJson(bytes.toString());
      next(tooDeep.has(request) ? nestedTooDeep(config.NESTING_LIMIT) : thrown);
    });
  };
}

/** Reads FHIR XML bodies, and the forms of searches, up to the limit. */
export function fhirBody(config: Config): RequestHandler[] {
  const limit = config.BODY_LIMIT_BYTES;
  return [
    express.text({ limit, type: XML_TYPES }),
    (request, _response, next) => {
      if (typeof request.body === 'string' && request.is(XML_TYPES))
        request.body = fromXml(request.body, config.NESTING_LIMIT);
      next();
    },
    // As text: the parameters of a search come in order, and more than once.
    express.text({ limit, type: 'application/x-www-form-urlencoded' }),
  ];
}

/** A Binary that is made, or changed. */
const ACTS = /^(POST \/Binary|PUT \/Binary\/[^/]+)\/?$/;

/** Reads what is sent to Binary, of whatever media type, up to the limit. Comes before the readers of the types we know. */
export function binaryBody(config: Config): RequestHandler[] {
  const read = express.raw({ limit: config.BODY_LIMIT_BYTES, type: () => true });
  return [
    (request, response, next) => {
      if (ACTS.test(`${request.method} ${request.path}`)) read(request, response, next);
      else next();
    },
    (request, _response, next) => {
      const bytes: unknown = request.body;
      if (Buffer.isBuffer(bytes)) request.body = bytes.length === 0 ? undefined : binaryOf(sentContent(request, bytes));
      next();
    },
  ];
}

function sentContent(request: Request, bytes: Buffer): SentContent {
  return {
    bytes,
    contentType: request.get('content-type'),
    securityContext: request.get('x-security-context'),
    id: request.path.split('/')[2] || undefined,
  };
}
