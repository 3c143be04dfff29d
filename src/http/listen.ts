import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Express } from 'express';
import type { Config } from '../config.ts';

/** Starts listening. @returns the server and the address it can be reached at */
export function listen(app: Express, config: Config): Promise<{ server: Server; url: string }> {
  const server = createServer(app);
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(config.PORT, config.HOST, () => {
      const { port } = server.address() as AddressInfo;
      resolve({ server, url: `http://${config.HOST}:${port}` });
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
