import { NOT_ALLOWED } from '../outbound/outbound.ts';
import type { SendOutcome } from './channel.ts';
import { NotPresented } from './presenting/not-presented.ts';

/**
 * What an HTTP answer of a partner means for a delivery: the table of the exchange rules. Pure.
 * @param asked whether something was to be created there under our identifier, or changed (or only looked up)
 * @param body the answer as JSON, if it was any
 */
export function fromResponse(
  asked: 'create' | 'update' | 'search',
  response: Response,
  body: unknown,
  now: Date,
): SendOutcome {
  const { status } = response;
  const code = `http-${status}`;
  if (response.ok)
    return {
      kind: 'delivered',
      code: body === undefined && status !== 204 ? `${code}-unreadable` : code,
      receipt: receiptOf(response),
    };
  if (status === 401 || status === 403) return { kind: 'rejected', code: `auth-${status}`, endpoint: 'suspended' };
  if (status === 410) return { kind: 'rejected', code, endpoint: 'off' };
  if (status === 409 && saysConflict(body)) {
    // They have what we would create; what we would change, somebody else is changing just now.
    return asked === 'create' ? { kind: 'delivered', code: 'known-there' } : { kind: 'retry', code };
  }
  if (status === 429 || status === 503) return { kind: 'retry', code, notBefore: retryAfter(response, now) };
  if (status >= 500 || status === 408) return { kind: 'unknown', code };
  // A refusal in FHIR's own words is the partner's; without them it may be of something on the way.
  return isOutcome(body) ? { kind: 'rejected', code } : { kind: 'retry', code };
}

/** Where the partner keeps what was delivered. */
function receiptOf(response: Response): string | undefined {
  return response.headers.get('location')?.match(/(?:Task|Communication)\/[A-Za-z0-9\-.]{1,64}/)?.[0];
}

interface Outcome {
  readonly resourceType: 'OperationOutcome';
  readonly issue?: readonly { readonly code?: string }[];
}

function isOutcome(body: unknown): body is Outcome {
  return (body as Outcome | undefined)?.resourceType === 'OperationOutcome';
}

function saysConflict(body: unknown): boolean {
  return isOutcome(body) && (body.issue ?? []).some(({ code }) => code === 'duplicate' || code === 'conflict');
}

/** Retry-After in seconds or as a date. @see https://www.rfc-editor.org/rfc/rfc9110#field.retry-after */
function retryAfter(response: Response, now: Date): Date | undefined {
  const value = response.headers.get('retry-after');
  if (!value) return undefined;
  const seconds = Number(value);
  const at = Number.isFinite(seconds) ? new Date(now.getTime() + seconds * 1_000) : new Date(value);
  return Number.isNaN(at.getTime()) ? undefined : at;
}

// Failures before a byte of the request can have been sent: refused, no route, no such name, no agreement on TLS.
const BEFORE_SENDING = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'EPROTO',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION',
  'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE',
  'ERR_SSL_TLSV1_UNRECOGNIZED_NAME',
  'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED',
]);

/** What a failed exchange means: surely not accepted, or possibly. Pure. */
export function fromThrown(thrown: unknown): SendOutcome {
  if (thrown instanceof NotPresented) return thrown.outcome;
  if (thrown instanceof Error && (thrown.name === 'AbortError' || thrown.name === 'TimeoutError'))
    return { kind: 'unknown', code: 'timeout' };
  const code = causeCode(thrown);
  if (code === NOT_ALLOWED) return { kind: 'rejected', code: 'endpoint-not-allowed' };
  const before = BEFORE_SENDING.has(code) || code.startsWith('CERT_') || code.startsWith('ERR_TLS_');
  return { kind: before ? 'retry' : 'unknown', code: code || 'connection-lost' };
}

function causeCode(thrown: unknown): string {
  const cause = thrown instanceof Error ? (thrown.cause ?? thrown) : undefined;
  const code = (cause as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' ? code : '';
}
