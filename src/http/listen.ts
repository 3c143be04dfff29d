import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type Config, ownAddress } from '../config.ts';
import { bornFor } from './born-for.ts';
import type { Front } from './front.ts';
import { limitConnections, serverLimits } from './limits/connections.ts';
import { tlsOptions } from './tls-options.ts';

/**
 * Starts listening.
 * @returns the server and the address it can be reached at
 * @throws Error in a sentence when the settings of TLS cannot be used
 */
export function listen({ app, answer }: Front, config: Config): Promise<{ server: Server; url: string }> {
  const tls = tlsOptions(config);
  // Most requests have no body: nothing is set up to read one.
  const made = { ...serverLimits(config), ...bornFor(app), optimizeEmptyRequests: true };
  const server = tls ? createTlsServer({ ...tls, ...made }, answer) : createServer(made, answer);
  const isProxy = app.get('trust proxy fn') as (address: string, hop: number) => boolean;
  limitConnections(server, config, (address) => isProxy(address, 0));
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(config.PORT, config.HOST, () => {
      const { port } = server.address() as AddressInfo;
      resolve({ server, url: ownAddress({ ...config, PORT: port }) });
    });
  });
}

/** Stops taking requests and waits for those under way. */
export function stopListening(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
    // Event streams stay open for ever: they are ended.
    setTimeout(() => server.closeAllConnections(), 2_000).unref();
  });
}
