import type { LookupAddress } from 'node:dns';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { NOT_ALLOWED, type Outbound, openOutbound, type Resolve } from '../../../src/outbound/outbound.ts';
import { type OutboundPolicy, readNetworks } from '../../../src/outbound/policy.ts';

/** Only one address of this machine may be called, so that its others stand for a network that may not. */
const ONE: OutboundPolicy = { http: 'always', networks: readNetworks('127.0.0.1/32') };
const NONE: OutboundPolicy = { http: 'always', networks: [] };

const servers: Server[] = [];
let port = 0;
/** What reached the server, and how often somebody connected. */
const reached: string[] = [];
let connections = 0;

/** A server at the same port of each address, the allowed one and the other. */
beforeAll(async () => {
  for (const host of ['127.0.0.1', '127.0.0.2']) {
    const server = createServer((request, response) => {
      reached.push(request.url ?? '');
      const elsewhere = new URL(request.url ?? '', 'http://x').searchParams.get('to');
      if (elsewhere) response.writeHead(302, { location: elsewhere });
      response.end('here');
    });
    servers.push(server);
    server.on('connection', () => {
      connections += 1;
    });
    server.listen(port, host);
    await once(server, 'listening');
    ({ port } = server.address() as AddressInfo);
  }
});
afterAll(() => {
  closeConnections();
  for (const server of servers) server.close();
});

function closeConnections(): void {
  for (const server of servers) server.closeAllConnections();
}

/** Answers each question about a name with the next of these. */
function answering(...answers: readonly (readonly string[])[]): Resolve {
  const left = [...answers];
  return (_hostname, _options, callback) => {
    const addresses: LookupAddress[] = (left.shift() ?? []).map((address) => ({
      address,
      family: address.includes(':') ? 6 : 4,
    }));
    callback(null, addresses);
  };
}

/** How a call ends: what came back, or the code of why it was not made. */
async function outcome(outbound: Outbound, url: string): Promise<unknown> {
  try {
    const response = await outbound.call(url, { method: 'GET', headers: {}, signal: AbortSignal.timeout(5_000) });
    await response.text();
    return response.status;
  } catch (thrown) {
    const { code, cause } = thrown as { code?: unknown; cause?: { code?: unknown } };
    return code ?? cause?.code;
  }
}

async function withOutbound<T>(
  policy: OutboundPolicy,
  use: (outbound: Outbound) => Promise<T>,
  resolve?: Resolve,
): Promise<T> {
  const outbound = openOutbound(policy, resolve);
  try {
    return await use(outbound);
  } finally {
    await outbound.close();
  }
}

describe('a call', () => {
  test('goes where the policy lets it', async () => {
    expect(await withOutbound(ONE, (outbound) => outcome(outbound, `http://127.0.0.1:${port}/there`))).toBe(200);
    expect(reached).toContain('/there');
  });

  test.each([
    'localhost',
    '127.0.0.1',
    '127.1',
    '2130706433',
    '0x7f.1',
    '017700000001',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '0.0.0.0',
  ])('to %s makes no connection where this machine may not be called', async (host) => {
    const before = connections;
    const ended = await withOutbound(NONE, (outbound) => outcome(outbound, `http://${host}:${port}/secret`));
    expect([ended, connections]).toEqual([NOT_ALLOWED, before]);
  });

  test('to a name is held to what it leads to at that moment', async () => {
    const before = connections;
    const rebinding = answering(['127.0.0.1'], ['127.0.0.2']);
    await withOutbound(
      ONE,
      async (outbound) => {
        expect(await outcome(outbound, `http://rebinding.example:${port}/first`)).toBe(200);
        // The connection that was good is gone; the next one is looked up anew.
        closeConnections();
        expect(await outcome(outbound, `http://rebinding.example:${port}/second`)).toBe(NOT_ALLOWED);
      },
      rebinding,
    );
    expect([connections, reached.includes('/second')]).toEqual([before + 1, false]);
  });

  test('to a name that leads both where it may and where it may not goes nowhere', async () => {
    const before = connections;
    const both = answering(['127.0.0.1', '127.0.0.2'], ['127.0.0.2', '127.0.0.1']);
    const ended = await withOutbound(ONE, (outbound) => outcome(outbound, `http://both.example:${port}/`), both);
    expect([ended, connections]).toEqual([NOT_ALLOWED, before]);
  });

  test('to a name that leads nowhere says so', async () => {
    expect(await withOutbound(ONE, (outbound) => outcome(outbound, `http://none.example:${port}/`), answering())).toBe(
      'ENOTFOUND',
    );
  });

  test.each(['http://127.0.0.2:PORT/inside', 'http://localhost:PORT/inside', 'file:///etc/hostname'])(
    'that is sent on to %s is not followed',
    async (to) => {
      const there = to.replace('PORT', String(port));
      const url = `http://127.0.0.1:${port}/on?to=${encodeURIComponent(there)}`;
      expect(await withOutbound(ONE, (outbound) => outcome(outbound, url))).toBe(302);
      expect(reached).not.toContain('/inside');
    },
  );
});
