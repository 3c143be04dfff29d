import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Bundle, CapabilityStatement, Resource } from '@medplum/fhirtypes';

/** What a small server does wrong. */
export interface Wrongs {
  /** Forgets this element of what it is sent. */
  readonly forgets?: string;
  /** Finds everything, whatever it is asked by. */
  readonly findsAll?: boolean;
  /** Takes an update whatever version it names. */
  readonly ignoresIfMatch?: boolean;
  /** Refuses without saying why. */
  readonly saysNothing?: boolean;
  /** Takes elements that FHIR does not have. */
  readonly takesAnything?: boolean;
  /** Answers nobody who does not present this token, but for its metadata and what is well known. */
  readonly token?: string;
}

export interface SmallServer {
  readonly base: string;
  /** How many resources it holds. */
  size(): number;
  close(): Promise<void>;
}

interface Reply {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * A FHIR server of a hundred lines that knows Patients and their gender, and does right or wrong as it is told: to see
 * that checks can pass and can fail.
 */
export async function startSmallServer(wrongs: Wrongs = {}): Promise<SmallServer> {
  const held = new Map<string, Resource & { id: string }>();
  const server = createServer((request, response) => {
    const answering = readBody(request).then((text) => reply(held, wrongs, request, text));
    answering.then(
      ({ status, body, headers }) =>
        response
          .writeHead(status, { 'content-type': 'application/fhir+json', ...headers })
          .end(body === undefined ? undefined : JSON.stringify(body)),
      () => response.destroy(),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    base: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    size: () => held.size,
    close: async () => {
      server.close();
      server.closeAllConnections();
      if (server.listening) await once(server, 'close');
    },
  };
}

type Held = Map<string, Resource & { id: string }>;

function reply(held: Held, wrongs: Wrongs, request: IncomingMessage, text: string): Reply {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
  const [, type = '', id] = pathname.split('/');
  if (type === 'metadata') return { status: 200, body: METADATA };
  const { token } = wrongs;
  const isOpen = request.url?.includes('/.well-known/');
  if (token && !isOpen && request.headers.authorization !== `Bearer ${token}`) return refuse(wrongs, 401);
  if (type !== 'Patient') return refuse(wrongs, 404);
  if (request.headers['content-type']?.includes('xml')) return refuse(wrongs, 415);
  if (id === '_search') return search(held, wrongs, new URLSearchParams(text));
  switch (request.method) {
    case 'POST':
      return create(held, wrongs, JSON.parse(text) as Resource);
    case 'PUT':
      return update(held, wrongs, id ?? '', JSON.parse(text) as Resource, request.headers['if-match']);
    case 'DELETE':
      held.delete(id ?? '');
      return { status: 204 };
    default:
      return id ? read(held, wrongs, id) : search(held, wrongs, searchParams);
  }
}

function create(held: Held, wrongs: Wrongs, resource: Resource): Reply {
  const strange = Object.keys(resource).some((name) => name.startsWith('conformance'));
  if (strange && !wrongs.takesAnything) return refuse(wrongs, 400);
  const id = randomUUID();
  const { [wrongs.forgets as keyof Resource]: _forgotten, ...kept } = resource;
  held.set(id, { ...kept, id, meta: { versionId: '1' } } as Resource & { id: string });
  return { ...read(held, wrongs, id), status: 201 };
}

function update(held: Held, wrongs: Wrongs, id: string, resource: Resource, ifMatch: string | undefined): Reply {
  const before = held.get(id);
  if (!before || resource.id !== id) return refuse(wrongs, 400);
  if (ifMatch && ifMatch !== etagOf(before) && !wrongs.ignoresIfMatch) return refuse(wrongs, 412);
  const versionId = String(Number(before.meta?.versionId) + 1);
  held.set(id, { ...resource, id, meta: { versionId } } as Resource & { id: string });
  return read(held, wrongs, id);
}

function read(held: Held, wrongs: Wrongs, id: string): Reply {
  const found = held.get(id);
  return found ? { status: 200, body: found, headers: { etag: etagOf(found) } } : refuse(wrongs, 404);
}

function search(held: Held, { findsAll }: Wrongs, by: URLSearchParams): Reply {
  const matches = [...held.values()].filter(
    (each) => findsAll || [...by].every(([name, value]) => each[(name === '_id' ? 'id' : name) as 'id'] === value),
  );
  const bundle: Bundle = {
    resourceType: 'Bundle',
    type: 'searchset',
    link: [{ relation: 'self', url: 'http://localhost' }],
    entry: matches.map((resource) => ({ resource, search: { mode: 'match' } })),
  };
  return { status: 200, body: bundle };
}

function refuse({ saysNothing }: Wrongs, status: number): Reply {
  const outcome = { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: 'processing' }] };
  return { status, ...(saysNothing ? {} : { body: outcome }) };
}

function etagOf({ meta }: Resource): string {
  return `W/"${meta?.versionId}"`;
}

const METADATA: CapabilityStatement = {
  resourceType: 'CapabilityStatement',
  status: 'active',
  date: '2021-03-04',
  kind: 'instance',
  fhirVersion: '4.0.1',
  format: ['json'],
  rest: [{ mode: 'server', resource: [{ type: 'Patient', searchParam: [{ name: 'gender', type: 'token' }] }] }],
};

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
