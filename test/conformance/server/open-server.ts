import type { Resource } from '@medplum/fhirtypes';
import { exampleOf } from '../examples/example.ts';
import type { Surroundings } from '../examples/make-resource.ts';
import { require, Unmet } from '../verdict.ts';
import { type Answer, ask, type Kept, matchesIn } from './answer.ts';
import { startListener } from './listener.ts';
import type { Program, Registrar } from './program.ts';
import type { Server } from './server.ts';

export interface OpenServer {
  /** Runs one check, then deletes what it created. */
  check<T>(work: (server: Server) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export interface Target {
  readonly base: string;
  /** What is presented to it. */
  readonly token?: (() => Promise<string>) | undefined;
  readonly program?: Program | undefined;
  readonly registrar?: Registrar | undefined;
}

export function openServer(target: Target): OpenServer {
  const kept: string[] = [];
  const memory = new Map<string, Promise<unknown>>();
  const shared = serverFor(target, kept, memory);
  return {
    check: async (work) => {
      const made: string[] = [];
      try {
        return await work(serverFor(target, made, memory, shared));
      } finally {
        await remove(shared, made);
      }
    },
    close: async () => {
      await remove(shared, kept);
      if (memory.has('listener')) await (await shared.listener()).close();
    },
  };
}

/** @param shared where things are made that outlive one check; itself when left out */
function serverFor(
  { base, token, program, registrar }: Target,
  made: string[],
  memory: Map<string, Promise<unknown>>,
  shared?: Server,
): Server {
  const once = <T>(key: string, work: (server: Server) => Promise<T>): Promise<T> => {
    const known = memory.get(key) ?? work(shared ?? server);
    memory.set(key, known);
    return known as Promise<T>;
  };
  const server: Server = {
    base,
    program,
    registrar,
    once,
    listener: () => once('listener', startListener),
    call: async (method, path, asked = {}) => {
      const url = /^https?:/.test(path) ? path : `${base}/${path}`;
      const headers = { ...(token ? { authorization: `Bearer ${await token()}` } : {}), ...asked.headers };
      return ask(method, url, { ...asked, headers });
    },
    keep: (references) => void made.push(...references),
    create: async <T extends Resource>(resource: T) => {
      const created = await create(server, resource);
      made.push(`${resource.resourceType}/${created.id}`);
      return created;
    },
    example: async (type) => {
      const resource = await exampleOf(server, type);
      try {
        return await server.create(resource);
      } catch (thrown) {
        return found(server, type, thrown);
      }
    },
    surroundings: (types) => surroundingsOf(once, types),
  };
  return server;
}

async function create<T extends Resource>(server: Server, resource: T): Promise<Kept<T>> {
  const type = resource.resourceType;
  const headers = { prefer: 'return=representation' };
  const answer = await server.call('POST', type, { body: resource, headers });
  require(answer.status === 201, `POST ${type} was answered ${answer.status}, not 201${saidIn(answer)}`);
  const read = answer.json as Partial<Kept<T>> | undefined;
  if (read?.resourceType === type && read.id) return read as Kept<T>;
  const id = new RegExp(`${type}/([^/]+)`).exec(answer.headers.get('location') ?? '')?.[1];
  require(id, `POST ${type} was answered 201 with neither the resource nor its Location.`);
  return (await server.call('GET', `${type}/${id}`)).json as Kept<T>;
}

/** What the server says is wrong, as far as it holds nothing that differs from run to run. */
function saidIn({ json }: Answer): string {
  const { issue } = (json ?? {}) as { issue?: { details?: { text?: string }; diagnostics?: string }[] };
  const text = issue?.[0]?.details?.text ?? issue?.[0]?.diagnostics;
  if (!text) return '.';
  return `: ${text.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '[id]').replace(/https?:\/\/127\.0\.0\.1:\d+/g, '[base]')}`;
}

/** On servers that are filled by other ways than this one. */
async function found(server: Server, type: string, refusal: unknown): Promise<Kept> {
  if (!(refusal instanceof Unmet)) throw refusal;
  const answer = await server.call('GET', `${type}?_count=1`);
  const [id] = matchesIn(answer);
  if (!id) throw refusal;
  return (await server.call('GET', `${type}/${id}`)).json as Kept;
}

async function surroundingsOf(once: Server['once'], types: readonly string[]): Promise<Surroundings> {
  const known = new Map<string, string>();
  for (const type of types) {
    const { id } = await once(`example ${type}`, (shared) => shared.example(type));
    known.set(type, `${type}/${id}`);
  }
  return {
    reference: (type) => {
      const reference = known.get(type);
      if (!reference) throw new Error(`No ${type} was asked for.`);
      return reference;
    },
  };
}

/** Deletes in reverse, so that nothing is referred to when it goes. What stays (a server may keep some) stays. */
async function remove(server: Server, made: string[]): Promise<void> {
  for (const reference of made.splice(0).reverse()) await server.call('DELETE', reference).catch(() => undefined);
}
