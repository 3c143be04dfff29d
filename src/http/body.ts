import { isUtf8 } from 'node:buffer';
import express, { type Request, type RequestHandler } from 'express';
import type { Config } from '../config.ts';
import { mayHoldUnusualNumbers, parseJson } from '../db/written-numbers.ts';
import { AppError } from '../errors.ts';
import { binaryOf, type SentContent } from '../fhir/binary.ts';
import { XML_TYPES } from '../fhir/xml/formats.ts';
import { fromXml } from '../fhir/xml/from-xml.ts';
import { otherEncoding } from './error-handler.ts';
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
  const look = (bytes: Buffer, encoding: string, request: object): AppError | undefined => {
    // All that is found out here is found out of bytes that are ASCII where JSON is.
    if (encoding !== 'utf-8') return otherEncoding();
    const problem = isShallow(bytes, config.NESTING_LIMIT)
      ? notUtf8(bytes, encoding)
      : nestedTooDeep(config.NESTING_LIMIT);
    if (!problem && mayHoldUnusualNumbers(bytes.toString('latin1'))) unusual.set(request, bytes);
    return problem;
  };
  const limit = config.BODY_LIMIT_BYTES;
  return inOrder(
    lookedAt(look, (verify) => express.json({ limit, type: JSON_TYPES, strict: true, verify })),
    (request, _response, next) => {
      const bytes = unusual.get(request);
      // Some begin with a mark that says it is UTF-8, which is none of the JSON.
      if (bytes) request.body = parseJson(bytes.toString().replace(/^\uFEFF/, ''));
      next();
    },
  );
}

/** Reads FHIR XML bodies, and the forms of searches, up to the limit. */
export function fhirBody(config: Config): RequestHandler[] {
  const limit = config.BODY_LIMIT_BYTES;
  return [
    lookedAt(notUtf8, (verify) => express.text({ limit, type: XML_TYPES, verify })),
    (request, _response, next) => {
      if (typeof request.body === 'string' && request.is(XML_TYPES))
        request.body = fromXml(request.body, config.NESTING_LIMIT);
      next();
    },
    // As text: the parameters of a search come in order, and more than once.
    lookedAt(notUtf8, (verify) => express.text({ limit, type: 'application/x-www-form-urlencoded', verify })),
  ];
}

/** Looks at a body before it is read. @returns why it is not read */
type Look = (bytes: Buffer, encoding: string, request: object) => AppError | undefined;
type Verify = (request: object, response: unknown, bytes: Buffer, encoding: string) => void;

/** A reader that reads no body that something is wrong with: what it would say of that are words of its own. */
function lookedAt(look: Look, reader: (verify: Verify) => RequestHandler): RequestHandler {
  const refused = new WeakMap<object, AppError>();
  const read = reader((request, _response, bytes, encoding) => {
    const problem = look(bytes, encoding, request);
    if (!problem) return;
    refused.set(request, problem);
    throw new Error('It is not read.');
  });
  return (request, response, next) =>
    read(request, response, (thrown?: unknown) => next(refused.get(request) ?? thrown));
}

/** Read all the same, its letters would be kept as others than were sent. @see https://www.rfc-editor.org/rfc/rfc8259#section-8.1 */
function notUtf8(bytes: Buffer, encoding: string): AppError | undefined {
  if (encoding !== 'utf-8' || isUtf8(bytes)) return undefined;
  const text =
    'The body is not UTF-8: some of its letters are in another encoding. Nothing was changed; send it in UTF-8.';
  return new AppError('invalid', 'http.not-unicode', text);
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
