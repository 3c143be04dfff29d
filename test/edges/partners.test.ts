import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from '@jest/globals';
import { keysFetcher } from '../../src/channels/fetch-keys.ts';
import { fhirPush } from '../../src/channels/fhir-push.ts';
import { NotPresented } from '../../src/channels/presenting/not-presented.ts';
import { partnerTokens } from '../../src/channels/presenting/partner-tokens.ts';
import { context, endpointAt, message } from '../unit/channels/partner-server.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function partner(answer: RequestListener): Promise<number> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

const BOMB = gzipSync(Buffer.alloc(300_000_000, ' '));
const JSON_TYPE = { 'content-type': 'application/json' };

const HOSTILE: readonly [name: string, answer: RequestListener][] = [
  ['a bomb', (_request, response) => response.writeHead(200, { ...JSON_TYPE, 'content-encoding': 'gzip' }).end(BOMB)],
  [
    'packing after packing',
    (_request, response) =>
      response.writeHead(200, { ...JSON_TYPE, 'content-encoding': Array(50).fill('gzip').join(', ') }).end(BOMB),
  ],
  ['a head of a megabyte', (_request, response) => response.writeHead(200, { x: 'y'.repeat(1_000_000) }).end('{}')],
  ['JSON that is all depth', (_request, response) => response.writeHead(200, JSON_TYPE).end('['.repeat(60_000))],
  ['another place to go', (_request, response) => response.writeHead(307, { location: 'http://10.0.0.1/' }).end()],
  ['what is not JSON', (_request, response) => response.writeHead(200, JSON_TYPE).end('<html>')],
];

describe.each(HOSTILE)('a server that answers %s', (_name, answer) => {
  test('has delivered, or not; and nothing breaks', async () => {
    const before = process.memoryUsage().arrayBuffers;
    const outcome = await fhirPush.send(message(), endpointAt(await partner(answer)), context());
    expect(['delivered', 'unknown', 'retry', 'rejected']).toContain(outcome.kind);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(100_000_000);
  });

  test('has no keys', async () => {
    const address = `http://127.0.0.1:${await partner(answer)}/jwks.json`;
    expect(await keysFetcher(context().outbound)(address)).toBeUndefined();
  });

  test('has given no token', async () => {
    const port = await partner(answer);
    const backend = {
      kind: 'smart-backend',
      tokenUrl: `http://127.0.0.1:${port}/token`,
      clientId: 'hub',
      scope: 'system/*.rs',
    } as const;
    const kept = { endpointId: 'e', credential: backend, origin: `http://127.0.0.1:${port}`, setAt: new Date(0) };
    const tokens = partnerTokens({
      outbound: context().outbound,
      now: () => new Date(0),
      sign: async () => 'an.assertion.here',
    });
    await expect(tokens.tokenFor(kept, backend, AbortSignal.timeout(10_000))).rejects.toThrow(NotPresented);
  });
});
