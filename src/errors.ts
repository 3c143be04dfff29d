import { OperationOutcomeError } from '@medplum/core';
import type { OperationOutcome } from '@medplum/fhirtypes';

/**
 * The closed table of error kinds: what went wrong, as an HTTP status, a FHIR issue code and a log level.
 * @see https://hl7.org/fhir/R4/http.html#Status-Codes
 * @see https://hl7.org/fhir/R4/valueset-issue-type.html
 */
export const ERROR_KINDS = {
  invalid: { status: 400, issue: 'invalid', log: 'info' },
  unauthenticated: { status: 401, issue: 'login', log: 'info' },
  forbidden: { status: 403, issue: 'forbidden', log: 'warn' },
  notFound: { status: 404, issue: 'not-found', log: 'info' },
  notAllowed: { status: 405, issue: 'not-supported', log: 'info' },
  notAcceptable: { status: 406, issue: 'not-supported', log: 'info' },
  conflict: { status: 409, issue: 'conflict', log: 'info' },
  duplicate: { status: 409, issue: 'duplicate', log: 'info' },
  gone: { status: 410, issue: 'deleted', log: 'info' },
  stale: { status: 412, issue: 'conflict', log: 'info' },
  multipleMatches: { status: 412, issue: 'multiple-matches', log: 'info' },
  tooLarge: { status: 413, issue: 'too-long', log: 'info' },
  unsupportedMedia: { status: 415, issue: 'not-supported', log: 'info' },
  unprocessable: { status: 422, issue: 'business-rule', log: 'info' },
  tooCostly: { status: 422, issue: 'too-costly', log: 'warn' },
  busy: { status: 429, issue: 'throttled', log: 'warn' },
  unavailable: { status: 503, issue: 'transient', log: 'error' },
  fault: { status: 500, issue: 'exception', log: 'error' },
} as const;

export type ErrorKind = keyof typeof ERROR_KINDS;
type IssueCode = OperationOutcome['issue'][number]['code'];

/** One thing that is wrong: what (`text`, with what to do about it) and where (`expression`, a FHIRPath). */
export interface Issue {
  readonly text: string;
  readonly expression?: string | undefined;
  /** Overrides the issue code of the error's kind. */
  readonly code?: IssueCode;
}

/** The resource an error speaks of, so that a Bundle's door can say in which entry it stands. */
export interface ErrorSubject {
  readonly type: string;
  readonly id: string;
}

export interface ErrorDetails {
  readonly issues?: readonly Issue[];
  readonly subject?: ErrorSubject | undefined;
  readonly cause?: unknown;
  /** When it is worth asking again. @see https://www.rfc-editor.org/rfc/rfc9110#field.retry-after */
  readonly retryAfterSeconds?: number;
}

/** What is not there for the moment is worth asking for again after so long. */
const PASSES_IN_SECONDS = 5;

/**
 * The only error this project throws on purpose.
 *
 * `code` is stable and dotted (partners and tests switch on it); `message` is one sentence: what happened, then what
 * to do. Below 500 the message may leave the house. It is an `OperationOutcomeError`, as what
 * @medplum/core throws is, so that both become answers in one way.
 */
export class AppError extends OperationOutcomeError {
  readonly kind: ErrorKind;
  readonly code: string;
  readonly subject: ErrorSubject | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(kind: ErrorKind, code: string, message: string, details: ErrorDetails = {}) {
    super(toOutcome(kind, code, message, details.issues ?? []), { cause: details.cause });
    this.name = 'AppError';
    this.kind = kind;
    this.code = code;
    this.subject = details.subject;
    this.retryAfterSeconds = details.retryAfterSeconds ?? (kind === 'unavailable' ? PASSES_IN_SECONDS : undefined);
  }

  get status(): number {
    return ERROR_KINDS[this.kind].status;
  }
}

/**
 * An unknown throwable as the error it means for a caller: the database is away, or a fault of ours.
 * @see https://www.postgresql.org/docs/15/errcodes-appendix.html
 */
export function toAppError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  const code = thrown instanceof Error ? String((thrown as { code?: unknown }).code ?? '') : '';
  if (AWAY.has(code)) {
    return new AppError(
      'unavailable',
      'store.unavailable',
      'The database cannot be reached. Nothing was changed; try again shortly.',
      { cause: thrown },
    );
  }
  if (LOST.has(code)) {
    const text =
      'The connection to the database was lost over this. What was to be changed may be changed: look, or send it again in a way that does it once (If-None-Exist, an identifier of your own, If-Match).';
    return new AppError('unavailable', 'store.lost', text, { cause: thrown });
  }
  if (code === TOO_LONG) {
    const text =
      'The database took longer over this than it may, and ended it. Nothing was changed; try again later, or ask for less at once.';
    return new AppError('unavailable', 'store.too-slow', text, { cause: thrown });
  }
  if (NOT_TEXT.has(code)) {
    const text = 'A text of this request holds a NUL character, which no text has.';
    return new AppError('invalid', 'store.not-text', text, { cause: thrown });
  }
  return new AppError('fault', 'internal', 'Internal error. Nothing was changed; report it with the request id.', {
    cause: thrown,
  });
}

// A statement that was ended because it took too long (STATEMENT_TIMEOUT_MS).
const TOO_LONG = '57014';

// A character that the database has no place for.
const NOT_TEXT = new Set(['22021', '22P05']);

// Connection refused; the database starting, stopping (which ends what is under way), or out of connections.
const AWAY = new Set(['ECONNREFUSED', '57P01', '57P03', '53300', '08001']);

// Nobody knows whether the last that was sent was done, and its answer lost.
const LOST = new Set(['ECONNRESET', 'EPIPE', 'ETIMEDOUT', '57P02', '08006']);

function toOutcome(kind: ErrorKind, code: string, message: string, issues: readonly Issue[]): OperationOutcome {
  const listed = issues.length > 0 ? issues : [{ text: message }];
  return {
    resourceType: 'OperationOutcome',
    issue: listed.map((issue) => ({
      severity: 'error',
      code: issue.code ?? ERROR_KINDS[kind].issue,
      details: { coding: [{ system: ERROR_CODE_SYSTEM, code }], text: issue.text },
      ...(issue.expression ? { expression: [issue.expression] } : {}),
    })),
  };
}

/** The code system of `AppError.code` in OperationOutcomes. */
export const ERROR_CODE_SYSTEM = 'https://careloop.dev/fhir/CodeSystem/error';
