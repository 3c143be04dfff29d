import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Bundle } from '@medplum/fhirtypes';

/** A notification as it came in. */
export interface Notification {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly contentType: string;
  /** Undefined when the body is no JSON. */
  readonly bundle: Bundle | undefined;
}

/** How an endpoint answers: with a status, or not at all. */
export type Behaviour = (number: number) => number | 'silence';

/** A program that notifications are sent to; each subscription has an address of its own. */
export interface Listener {
  endpoint(name: string): string;
  /** @param behaviour by the number of the notification, from 1; 200 to every one unless told otherwise */
  behave(name: string, behaviour: Behaviour): void;
  received(name: string): readonly Notification[];
  /** How long the server waited where nothing was answered, in ms, for each time. */
  waits(name: string): readonly number[];
  close(): Promise<void>;
}

export async function startListener(): Promise<Listener> {
  const received = new Map<string, Notification[]>();
  const behaviours = new Map<string, Behaviour>();
  const waits = new Map<string, number[]>();
  const server = createServer((request, response) => {
    const name = (request.url ?? '/').slice(1);
    receive(request, response).catch(() => response.destroy());

    async function receive(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
      const all = received.get(name) ?? [];
      received.set(name, all);
      all.push(await readNotification(incoming));
      const status = behaviours.get(name)?.(all.length) ?? 200;
      if (status === 'silence') noteWait(incoming, waits, name);
      else outgoing.writeHead(status).end();
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: (name) => `http://127.0.0.1:${port}/${name}`,
    behave: (name, behaviour) => void behaviours.set(name, behaviour),
    received: (name) => received.get(name) ?? [],
    waits: (name) => waits.get(name) ?? [],
    close: async () => {
      server.close();
      server.closeAllConnections();
      if (server.listening) await once(server, 'close');
    },
  };
}

function noteWait(request: IncomingMessage, waits: Map<string, number[]>, name: string): void {
  const began = performance.now();
  request.socket.once('close', () => waits.set(name, [...(waits.get(name) ?? []), performance.now() - began]));
}

async function readNotification(request: IncomingMessage): Promise<Notification> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const contentType = request.headers['content-type'] ?? '';
  return { headers: request.headers, contentType, bundle: readBundle(Buffer.concat(chunks).toString()) };
}

function readBundle(text: string): Bundle | undefined {
  try {
    return JSON.parse(text) as Bundle;
  } catch {
    return undefined;
  }
}
