import type { CallProvider } from '../access/providers/openid.ts';
import type { Outbound } from '../outbound/outbound.ts';
import { readText } from './read-json.ts';

const LARGEST_ANSWER = 256 * 1024;
const TIMEOUT_MS = 5_000;

/** Calls identity providers: within the policy for outbound calls, five seconds, and 256 kB of an answer. */
export function providerCaller(outbound: Outbound): CallProvider {
  return async (url, { method, headers, body, signal }) => {
    const limit = AbortSignal.timeout(TIMEOUT_MS);
    const answer = await outbound.call(url, {
      method: method === 'POST' ? 'POST' : 'GET',
      headers,
      ...(body ? { body: String(body) } : {}),
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
    });
    const text = await readText(answer, LARGEST_ANSWER);
    if (text === undefined) throw new Error('The identity provider answers at too great length.');
    const hasBody = text !== '' && answer.status !== 204 && answer.status !== 304;
    return new Response(hasBody ? text : null, { status: answer.status, headers: answer.headers });
  };
}
