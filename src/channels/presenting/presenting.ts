import { headerOf } from '../../directory/credentials/credential.ts';
import type { Outbound, OutboundRequest } from '../../outbound/outbound.ts';
import type { SendOutcome } from '../channel.ts';
import { NotPresented } from './not-presented.ts';
import type { PartnerTokens } from './partner-tokens.ts';
import type { Presented } from './presented.ts';

/**
 * Calls as `outbound` does, and presents to the server what is to be presented. A server that does not take a token any
 * more is asked once with a new one.
 */
export function presenting(outbound: Outbound, presented: Presented, tokens: PartnerTokens): Outbound {
  return {
    ...outbound,
    call: async (url, request) => {
      if ('not' in presented) throw new NotPresented(CANNOT[presented.not]);
      const headers = [...presented.headers];
      const { credential: kept } = presented;
      if (!kept) return outbound.call(url, withHeaders(request, headers));
      const { credential } = kept;
      if (credential.kind !== 'smart-backend') {
        return outbound.call(url, withHeaders(request, [...headers, headerOf(credential)]));
      }
      const token = await tokens.tokenFor(kept, credential, request.signal);
      const response = await outbound.call(url, withHeaders(request, [...headers, bearer(token)]));
      if (response.status !== 401) return response;
      response.body?.cancel().catch(() => undefined);
      const fresh = await tokens.tokenFor(kept, credential, request.signal, token);
      return outbound.call(url, withHeaders(request, [...headers, bearer(fresh)]));
    },
  };
}

/** What is not opened waits until its key is given back; the other needs a person. */
const CANNOT: Readonly<Record<'opened' | 'for-this-server', SendOutcome>> = {
  opened: { kind: 'retry', code: 'secret-not-opened' },
  'for-this-server': { kind: 'rejected', code: 'credential-for-other-server' },
};

function bearer(token: string): [string, string] {
  return ['authorization', `Bearer ${token}`];
}

/** Of two of one name the later one is sent. */
function withHeaders(request: OutboundRequest, more: readonly (readonly [string, string])[]): OutboundRequest {
  if (more.length === 0) return request;
  const headers = new Headers(request.headers);
  for (const [name, value] of more) headers.set(name, value);
  return { ...request, headers: [...headers] };
}
