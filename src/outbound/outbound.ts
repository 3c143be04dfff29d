import { type LookupAddress, lookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import { Agent, buildConnector, fetch } from 'undici';
import { mayConnect, type OutboundPolicy, problemOf } from './policy.ts';

/** The hub's own calls to the servers of others. */
export interface Outbound {
  /**
   * As `fetch`, but a redirect is an answer like any other: it is not followed.
   * @throws Error whose code, or that of its cause, is NOT_ALLOWED when the policy forbids it; then nothing was sent
   */
  call(url: string, request: OutboundRequest): Promise<Response>;
  close(): Promise<void>;
}

export interface OutboundRequest {
  readonly method: 'GET' | 'POST' | 'PUT';
  /** Names and values; a name may come several times. */
  readonly headers: [string, string][] | Record<string, string>;
  readonly body?: string;
  readonly signal: AbortSignal;
}

/** The code of the error of a call that the policy forbids. */
export const NOT_ALLOWED = 'OUTBOUND_NOT_ALLOWED';

/** Finds the addresses of a name, as `dns.lookup` does with `all`. */
export type Resolve = (
  hostname: string,
  options: { readonly all: true },
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/**
 * Calls within a policy. Each connection is made to an address that was checked for that very connection, so a name that
 * leads elsewhere a moment later leads nowhere.
 * @param resolve who is asked for the addresses of a name
 * @see https://owasp.org/www-community/attacks/Server_Side_Request_Forgery
 */
export function openOutbound(policy: OutboundPolicy, resolve: Resolve = lookup): Outbound {
  const connect = buildConnector({ lookup: checkedLookup(policy, resolve) });
  const dispatcher = new Agent({
    connect: (options, callback) => {
      const host = options.hostname.replace(/^\[|\]$/g, '');
      // An address in the place of a name is never looked up.
      if (ipaddr.isValid(host) && !mayConnect(host, policy)) callback(notAllowed(), null);
      else connect(options, callback);
    },
  });
  return {
    call: async (url, request) => {
      if (problemOf(url, policy)) throw notAllowed();
      const response = await fetch(url, { ...request, redirect: 'manual', dispatcher });
      // The package and the runtime declare the same class, each for itself.
      return response as unknown as Response;
    },
    close: () => dispatcher.close(),
  };
}

function checkedLookup(policy: OutboundPolicy, resolve: Resolve): LookupFunction {
  return (hostname, { all }, callback) => {
    resolve(hostname, { all: true }, (error, addresses) => {
      const [first] = addresses ?? [];
      if (error || !first) callback(error ?? notFound(), '');
      // One that is not allowed is reason enough: no partner needs a name that leads both out and in.
      else if (!addresses.every(({ address }) => mayConnect(address, policy))) callback(notAllowed(), '');
      else if (all) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}

function notAllowed(): NodeJS.ErrnoException {
  return Object.assign(new Error('The hub does not call this address.'), { code: NOT_ALLOWED });
}

function notFound(): NodeJS.ErrnoException {
  return Object.assign(new Error('The name leads to no address.'), { code: 'ENOTFOUND' });
}
