import type { FetchKeys } from '../access/tokens/published-keys.ts';
import type { Outbound } from '../outbound/outbound.ts';
import { readJson } from './read-json.ts';

const TIMEOUT_MS = 5_000;
const LARGEST_SET = 64 * 1024;
const MOST_KEYS = 100;

/**
 * Fetches the keys a program publishes: from the registered address and no other (a redirect is not followed), within
 * five seconds, 64 kB at most.
 * @see https://hl7.org/fhir/smart-app-launch/STU2.2/client-confidential-asymmetric.html#registering-a-client-communicating-public-keys
 */
export function keysFetcher(outbound: Outbound): FetchKeys {
  return async (address) => {
    try {
      const signal = AbortSignal.timeout(TIMEOUT_MS);
      const response = await outbound.call(address, { method: 'GET', headers: { accept: 'application/json' }, signal });
      const body = response.status === 200 ? await readJson(response, LARGEST_SET) : undefined;
      if (response.status !== 200) response.body?.cancel().catch(() => undefined);
      return isKeySet(body) ? { jwks: body, maxAgeMs: maxAgeOf(response) } : undefined;
    } catch {
      return undefined;
    }
  };
}

type KeySet = NonNullable<Awaited<ReturnType<FetchKeys>>>['jwks'];

function isKeySet(body: unknown): body is KeySet {
  const keys = (body as Partial<KeySet> | undefined)?.keys;
  return (
    Array.isArray(keys) && keys.length <= MOST_KEYS && keys.every((key) => typeof key === 'object' && key !== null)
  );
}

/** @see https://www.rfc-editor.org/rfc/rfc9111#section-5.2 */
function maxAgeOf({ headers }: Response): number | undefined {
  const control = headers.get('cache-control') ?? '';
  if (/\bno-(cache|store)\b/.test(control)) return 0;
  const seconds = /\bmax-age=(\d{1,9})\b/.exec(control)?.[1];
  return seconds === undefined ? undefined : Number(seconds) * 1_000;
}
