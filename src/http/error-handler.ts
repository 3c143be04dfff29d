import { getStatus, OperationOutcomeError } from '@medplum/core';
import type { OperationOutcome } from '@medplum/fhirtypes';
import type { ErrorRequestHandler, Request, Response } from 'express';
import { ZodError } from 'zod';
import { AppError, ERROR_KINDS, type ErrorKind, toAppError } from '../errors.ts';
import type { Caller } from '../fhir/caller.ts';
import { sayInOurWords } from '../input-words.ts';
import { describeThrown, type Log } from '../log.ts';
import { bodyNotJson } from '../not-json.ts';
import { isDenial, keepDenial, type Recorders } from './denials.ts';
import { sendOutcome } from './send-resource.ts';

const INSUFFICIENT_SCOPE = 'Bearer realm="careloop", error="insufficient_scope"';

/**
 * The one place where an error becomes an answer: an OperationOutcome, whatever was asked for.
 * @param noteStranger told of who is refused because it is not known
 */
export function errorHandler(
  log: Log,
  { record, noteRefusal }: Recorders,
  noteStranger: (request: Request) => void = () => undefined,
): ErrorRequestHandler {
  sayInOurWords();
  return async (thrown: unknown, request, response, _next) => {
    if (response.headersSent) {
      cutOff(log, request, response, thrown);
      return;
    }
    const error = known(thrown);
    const status = error instanceof AppError ? error.status : getStatus(error.outcome);
    const kind: ErrorKind = error instanceof AppError ? error.kind : 'invalid';
    log[ERROR_KINDS[kind].log](
      {
        ...fields(error, status),
        requestId: response.locals.requestId,
        clientId: (response.locals as { caller?: Caller }).caller?.clientId,
        method: request.method,
        ...(status >= 500 ? describeThrown(error instanceof AppError ? (error.cause ?? error) : error) : {}),
      },
      'request refused',
    );
    // @see https://www.rfc-editor.org/rfc/rfc6750#section-3.1
    if (error instanceof AppError && error.code === 'access.scope')
      response.set('WWW-Authenticate', INSUFFICIENT_SCOPE);
    // @see https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
    const after = error instanceof AppError ? error.retryAfterSeconds : undefined;
    if (after !== undefined) response.set('Retry-After', String(after));
    if (kind === 'unauthenticated') noteStranger(request);
    if (error instanceof AppError && isDenial(error)) {
      await keepDenial(log, { record, noteRefusal }, request, response, error);
    }
    sendOutcome(request, response, status, withoutId(error.outcome));
  };
}

/** Half of an answer must not be taken for all of it. By express, the text of what was thrown would be written to the log. */
function cutOff(log: Log, request: Request, response: Response, thrown: unknown): void {
  const { requestId } = response.locals as { requestId?: string };
  const level = thrown instanceof AppError ? ERROR_KINDS[thrown.kind].log : 'error';
  log[level]({ ...describeThrown(thrown), requestId, method: request.method }, 'answer cut off');
  request.socket.destroy();
}

function fields(error: OperationOutcomeError, status: number): object {
  return { status, code: error instanceof AppError ? error.code : 'engine' };
}

function withoutId({ id: _id, ...outcome }: OperationOutcome): OperationOutcome {
  return outcome;
}

function known(thrown: unknown): OperationOutcomeError {
  if (thrown instanceof OperationOutcomeError) return thrown;
  if (thrown instanceof ZodError) return fromZod(thrown);
  return fromBodyParser(thrown) ?? fromExpress(thrown) ?? toAppError(thrown);
}

function fromZod(error: ZodError): AppError {
  const issues = error.issues.map((issue) => ({
    text: issue.message,
    expression: issue.path.map(String).join('.') || undefined,
  }));
  return new AppError('invalid', 'request.not-valid', issues.map(({ text }) => text).join(' '), { issues });
}

interface BodyParserError {
  readonly type?: unknown;
  readonly limit?: unknown;
  /** What was sent. */
  readonly body?: unknown;
}

/** What the JSON reader refuses, in our words. @see https://expressjs.com/en/resources/middleware/body-parser.html */
function fromBodyParser(thrown: unknown): AppError | undefined {
  const { type, limit, body } = (thrown ?? {}) as BodyParserError;
  switch (type) {
    case 'entity.too.large':
      return new AppError(
        'tooLarge',
        'http.body-too-large',
        `The body is larger than ${String(limit)} bytes. Split it, or send documents as references.`,
      );
    case 'entity.parse.failed':
      return bodyNotJson(typeof body === 'string' ? body : '');
    case 'charset.unsupported':
    case 'encoding.unsupported':
      return otherEncoding();
    case 'request.aborted':
    case 'request.size.invalid':
      return new AppError(
        'invalid',
        'http.body-cut-off',
        'The body ended before its announced length. Nothing was changed; send it again.',
      );
    default:
      return undefined;
  }
}

export function otherEncoding(): AppError {
  return new AppError('unsupportedMedia', 'http.encoding', 'Send the body in UTF-8, plain or with gzip.');
}

/** What express and its parts throw on purpose. @see https://github.com/jshttp/http-errors */
function isHttpError(thrown: unknown): boolean {
  return thrown instanceof Error && 'expose' in thrown && !(thrown instanceof AppError);
}

/** What else express refuses: by a status, and for addresses and packed bodies by what failed. */
function fromExpress(thrown: unknown): AppError | undefined {
  const { status, code } = (thrown ?? {}) as { readonly status?: unknown; readonly code?: unknown };
  // A path that leads out of the folder of files is as good as one that leads nowhere.
  if (status === 404 || (status === 403 && isHttpError(thrown)))
    return new AppError('notFound', 'http.no-such-file', 'There is no such file.');
  if (status !== 400) return undefined;
  // Those of gzip and deflate, and those of Brotli.
  if (/^(Z_|ERR_)/.test(String(code))) {
    return new AppError('invalid', 'http.packing', 'The body cannot be unpacked. Send it plain, or packed with gzip.');
  }
  const text = 'The address is not well formed: a % in it is not followed by two hexadecimal digits of UTF-8.';
  return thrown instanceof URIError || isHttpError(thrown) ? new AppError('invalid', 'http.address', text) : undefined;
}
