import type { ErrorCode } from '../../fhir/subscriptions/turns.ts';

/** What a failed notification is called in `$status`. Pure. */
export function errorCodeOf(code: string): ErrorCode {
  return /^(http|auth|smtp)-\d/.test(code) ? 'error-response' : 'no-response';
}

/**
 * Why a subscription is no longer told, as its owner reads it in `Subscription.error`. Pure.
 * @param code of the last attempt
 */
export function reasonOf(code: string): string {
  return `Notifications could not be delivered: ${happened(code)} (${code}). Events are kept; when this is mended, update the Subscription with the status requested.`;
}

function happened(code: string): string {
  if (code.startsWith('auth-')) return 'the endpoint does not let the hub in';
  if (code === 'http-410') return 'the endpoint says that it is gone';
  if (code.startsWith('http-')) return 'the endpoint answered with an error';
  if (code.startsWith('smtp-')) return 'the mail server refused the mail';
  if (code === 'timeout') return 'the endpoint did not answer in time';
  if (code === 'endpoint-not-allowed') return 'the hub may not call this endpoint';
  if (code === 'not-supported' || code === 'no-mail-here') return 'the hub no longer does what this Subscription asks';
  return 'the endpoint could not be reached';
}
