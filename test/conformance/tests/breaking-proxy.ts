import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Bundle, Resource } from '@medplum/fhirtypes';

/** A request, or an answer, that may be changed on its way. */
export interface Message {
  readonly method: string;
  /** With its query. */
  path: string;
  status: number;
  readonly headers: Record<string, string>;
  text: string;
}

/** What a server does wrong: what is asked of it is changed, or what it answers. */
export interface Break {
  readonly asked?: (message: Message) => void;
  readonly answered?: (message: Message) => void;
}

export interface BreakingProxy {
  readonly base: string;
  /** From now on this goes wrong; nothing, when left out. */
  break(how?: Break): void;
  close(): Promise<void>;
}

/** Stands before a server that does right, and has it do wrong: to see that checks fail. @param base of the FHIR API */
export async function startBreakingProxy(base: string): Promise<BreakingProxy> {
  let broken: Break = {};
  const { origin, pathname } = new URL(base);
  const server = createServer((request, response) => {
    pass(request, origin, broken).then(
      ({ status, headers, text }) => response.writeHead(status, headers).end(status === 304 ? undefined : text),
      () => response.destroy(),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    base: `http://127.0.0.1:${(server.address() as AddressInfo).port}${pathname}`,
    break: (how = {}) => {
      broken = how;
    },
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

async function pass(request: IncomingMessage, origin: string, { asked, answered }: Break): Promise<Message> {
  const { host: _host, connection: _connection, 'content-length': _length, ...headers } = request.headers;
  const question: Message = {
    method: request.method ?? 'GET',
    path: request.url ?? '/',
    status: 0,
    headers: headers as Record<string, string>,
    text: await readText(request),
  };
  asked?.(question);
  const response = await fetch(origin + question.path, {
    method: question.method,
    headers: question.headers,
    redirect: 'manual',
    ...(question.text ? { body: question.text } : {}),
  });
  const { 'content-length': _size, 'content-encoding': _packed, ...said } = Object.fromEntries(response.headers);
  const answer: Message = { ...question, status: response.status, headers: said, text: await response.text() };
  answered?.(answer);
  return answer;
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

/** Changes the resource of a message, where it holds one in JSON. */
export function changed<T extends Resource>(
  type: T['resourceType'],
  change: (resource: T) => void,
): (message: Message) => void {
  return (message) => {
    if (!message.text.startsWith('{')) return;
    const resource = JSON.parse(message.text) as Resource;
    if (resource.resourceType !== type) return;
    change(resource as T);
    message.text = JSON.stringify(resource);
  };
}

/** Changes the entries of searches. */
export function entries(change: (entry: NonNullable<Bundle['entry']>) => NonNullable<Bundle['entry']>): Break {
  const answered = changed<Bundle>('Bundle', (bundle) => {
    bundle.entry = change(bundle.entry ?? []);
  });
  return { answered };
}
