import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Config } from '../../config.ts';
import { networkOf } from './who.ts';

type Settings = Pick<Config, 'CONNECTIONS_PER_ADDRESS' | 'HEADERS_TIMEOUT_MS' | 'REQUEST_TIMEOUT_MS' | 'HEADER_BYTES'>;

/** How often connections are looked at that take too long, in ms. */
const LOOKED_AT_MS = 1_000;
/**
 * How long a connection may stay open between requests, in ms: longer than proxies and clients keep theirs (60 s, mostly), who
 * would else send a request just as it is closed, and have it reset.
 */
const IDLE_MS = 75_000;
/** Requests on one connection; whoever sends more opens another. */
const MOST_REQUESTS = 10_000;

/** What the server is made with: how long heads and bodies may take, and how large heads may be. */
export function serverLimits({ HEADERS_TIMEOUT_MS, REQUEST_TIMEOUT_MS, HEADER_BYTES }: Settings): {
  readonly headersTimeout: number;
  readonly requestTimeout: number;
  readonly connectionsCheckingInterval: number;
  readonly keepAliveTimeout: number;
  readonly maxHeaderSize: number;
} {
  return {
    headersTimeout: Math.min(HEADERS_TIMEOUT_MS, REQUEST_TIMEOUT_MS),
    requestTimeout: REQUEST_TIMEOUT_MS,
    connectionsCheckingInterval: LOOKED_AT_MS,
    keepAliveTimeout: IDLE_MS,
    maxHeaderSize: HEADER_BYTES,
  };
}

/** Closes connections of an address that has as many as it may. Those of proxies that are believed are not counted. */
export function limitConnections(
  server: Server,
  { CONNECTIONS_PER_ADDRESS: most }: Settings,
  isProxy: (address: string) => boolean,
): void {
  server.maxRequestsPerSocket = MOST_REQUESTS;
  if (most === 0) return;
  const open = new Map<string, number>();
  server.on('connection', (socket: Socket) => {
    const { remoteAddress = '' } = socket;
    if (isProxy(remoteAddress)) return;
    const from = networkOf(remoteAddress);
    const count = open.get(from) ?? 0;
    if (count >= most) {
      socket.destroy();
      return;
    }
    open.set(from, count + 1);
    socket.once('close', () => {
      const left = (open.get(from) ?? 1) - 1;
      if (left === 0) open.delete(from);
      else open.set(from, left);
    });
  });
}
