import { describe, expect, test } from '@jest/globals';
import { fromResponse, fromThrown } from '../../../src/channels/http-outcome.ts';

const NOW = new Date('2026-03-02T09:00:00Z');
const outcome = (code: string): unknown => ({ resourceType: 'OperationOutcome', issue: [{ severity: 'error', code }] });

/** What an answer with this status means. A 204 and the like have no body. */
function meaning(
  status: number,
  body?: unknown,
  headers: Record<string, string> = {},
): ReturnType<typeof fromResponse> {
  return fromResponse('create', new Response(null, { status, headers }), body, NOW);
}

describe('an answer means, as the exchange table has it:', () => {
  test.each<[string, number, unknown, Partial<ReturnType<typeof fromResponse>>]>([
    ['200: they have it', 200, {}, { kind: 'delivered', code: 'http-200' }],
    ['201: they have it', 201, {}, { kind: 'delivered', code: 'http-201' }],
    ['204 without a body: they have it', 204, undefined, { kind: 'delivered', code: 'http-204' }],
    [
      '2xx that cannot be read: they have it, with a warning',
      200,
      undefined,
      { kind: 'delivered', code: 'http-200-unreadable' },
    ],
    ['301: surely not accepted', 301, undefined, { kind: 'retry', code: 'http-301' }],
    ['307: surely not accepted', 307, undefined, { kind: 'retry', code: 'http-307' }],
    ['400 in words of FHIR: they said no', 400, outcome('invalid'), { kind: 'rejected', code: 'http-400' }],
    ['400 from something on the way: once more', 400, undefined, { kind: 'retry', code: 'http-400' }],
    ['401: their door is closed', 401, undefined, { kind: 'rejected', code: 'auth-401', endpoint: 'suspended' }],
    [
      '403: their door is closed',
      403,
      outcome('forbidden'),
      { kind: 'rejected', code: 'auth-403', endpoint: 'suspended' },
    ],
    ['404 in words of FHIR: they said no', 404, outcome('not-found'), { kind: 'rejected', code: 'http-404' }],
    ['404 from something on the way: once more', 404, {}, { kind: 'retry', code: 'http-404' }],
    ['408: may have been accepted', 408, undefined, { kind: 'unknown', code: 'http-408' }],
    [
      '409 that says duplicate: they have it already',
      409,
      outcome('duplicate'),
      { kind: 'delivered', code: 'known-there' },
    ],
    ['409 for another reason: they said no', 409, outcome('business-rule'), { kind: 'rejected', code: 'http-409' }],
    ['409 from something on the way: once more', 409, undefined, { kind: 'retry', code: 'http-409' }],
    ['410: the address is gone', 410, undefined, { kind: 'rejected', code: 'http-410', endpoint: 'off' }],
    ['412 in words of FHIR: they said no', 412, outcome('multiple-matches'), { kind: 'rejected', code: 'http-412' }],
    ['422 in words of FHIR: they said no', 422, outcome('business-rule'), { kind: 'rejected', code: 'http-422' }],
    ['429: surely not accepted', 429, outcome('throttled'), { kind: 'retry', code: 'http-429' }],
    ['500: may have been accepted', 500, outcome('exception'), { kind: 'unknown', code: 'http-500' }],
    ['502: may have been accepted', 502, undefined, { kind: 'unknown', code: 'http-502' }],
    ['503: surely not accepted', 503, undefined, { kind: 'retry', code: 'http-503' }],
    ['504: may have been accepted', 504, undefined, { kind: 'unknown', code: 'http-504' }],
  ])('%s', (_name, status, body, meant) => {
    expect(meaning(status, body)).toMatchObject(meant);
  });

  test('409 to a change that says conflict: somebody else is changing it, once more', () => {
    const conflict = new Response(null, { status: 409 });
    const outcomeOfUpdate = fromResponse('update', conflict, outcome('conflict'), NOW);
    expect(outcomeOfUpdate).toEqual({ kind: 'retry', code: 'http-409' });
  });

  test('only a closed door and a gone address change the endpoint', () => {
    const statuses = [200, 201, 204, 301, 400, 404, 408, 409, 412, 422, 429, 500, 502, 503, 504];
    for (const status of statuses) expect(meaning(status, outcome('invalid'))).not.toHaveProperty('endpoint');
  });
});

describe('where they keep it', () => {
  test.each([
    ['a full address', 'https://clinic.example/fhir/Task/77/_history/1', 'Task/77'],
    ['a relative one', 'Task/abc-1.2', 'Task/abc-1.2'],
    ['another type', 'https://clinic.example/fhir/Patient/1', undefined],
  ])('is read from Location: %s', (_name, location, receipt) => {
    expect(meaning(201, {}, { location })).toMatchObject({ kind: 'delivered', receipt });
  });

  test('is unknown without a Location', () => {
    expect(meaning(201, {})).toMatchObject({ receipt: undefined });
  });
});

describe('Retry-After', () => {
  test.each([
    ['in seconds', '120', new Date('2026-03-02T09:02:00Z')],
    ['as a date', 'Mon, 02 Mar 2026 10:00:00 GMT', new Date('2026-03-02T10:00:00Z')],
    ['in words', 'soon', undefined],
    ['beyond all time', '1e300', undefined],
    ['left out', '', undefined],
  ])('%s', (_name, value, notBefore) => {
    for (const status of [429, 503]) {
      expect(meaning(status, undefined, { 'retry-after': value })).toEqual({
        kind: 'retry',
        code: `http-${status}`,
        notBefore,
      });
    }
  });
});

describe('an exchange that failed', () => {
  const failure = (code: string): Error =>
    new TypeError('fetch failed', { cause: Object.assign(new Error('x'), { code }) });

  test.each([
    'ECONNREFUSED',
    'ENOTFOUND',
    'EAI_AGAIN',
    'EHOSTUNREACH',
    'ENETUNREACH',
    'UND_ERR_CONNECT_TIMEOUT',
    'CERT_HAS_EXPIRED',
    'CERT_NOT_YET_VALID',
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'SELF_SIGNED_CERT_IN_CHAIN',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'UNABLE_TO_GET_ISSUER_CERT',
    'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    'ERR_TLS_CERT_ALTNAME_INVALID',
    'ERR_SSL_WRONG_VERSION_NUMBER',
    'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION',
    'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE',
    'EPROTO',
  ])('before a byte was sent (%s) was surely not accepted', (code) => {
    expect(fromThrown(failure(code))).toEqual({ kind: 'retry', code });
  });

  test.each(['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'UND_ERR_SOCKET', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT'])(
    'later (%s) may have been accepted',
    (code) => {
      expect(fromThrown(failure(code))).toEqual({ kind: 'unknown', code });
    },
  );

  test.each([
    ['a timeout', new DOMException('late', 'TimeoutError'), 'timeout'],
    ['an abort', new DOMException('stopped', 'AbortError'), 'timeout'],
    ['an error without a code', new Error('what?'), 'connection-lost'],
    ['no error at all', 'what?', 'connection-lost'],
  ])('for no reason we know may have been accepted: %s', (_name, thrown, code) => {
    expect(fromThrown(thrown)).toEqual({ kind: 'unknown', code });
  });
});
