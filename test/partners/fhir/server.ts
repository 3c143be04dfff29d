import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getStatus } from '@medplum/core';
import { FhirRouter, type HttpMethod } from '@medplum/fhir-router';
import type { OperationOutcome, Resource, Task } from '@medplum/fhirtypes';
import { type Ledger, tellingOf } from '../ledger.ts';
import { loadEngine } from './engine.ts';
import type { Faults } from './faults.ts';
import { PartnerRepository } from './memory-repository.ts';

const FHIR_PATH = '/fhir/R4';

/** A partner's own FHIR server: somebody else's engine, in memory, on a port of its own. */
export interface FhirServer {
  /** Its address, without a path. */
  readonly url: string;
  /** The base address of its FHIR API. */
  readonly base: string;
  readonly repository: PartnerRepository;
  close(): Promise<void>;
}

export interface FhirServerOptions {
  readonly ledger: Ledger;
  /** 0 (the default) takes any free port. */
  readonly port?: number | undefined;
  /** What goes wrong with calls to the FHIR API. */
  readonly faults?: Faults | undefined;
  /** Called when somebody else has written a Task here. */
  readonly onTask?: ((task: Task & { id: string }) => void) | undefined;
  /** What it answers beside FHIR, by method and path, e.g. `POST /refer`. */
  readonly pages?: Readonly<Record<string, (query: URLSearchParams) => unknown>> | undefined;
}

interface Running extends FhirServerOptions {
  readonly router: FhirRouter;
  readonly repository: PartnerRepository;
  /** Runs one call after the other, so that two cannot both find nothing and both create. */
  inTurn<T>(work: () => Promise<T>): Promise<T>;
}

export async function startFhirServer(options: FhirServerOptions): Promise<FhirServer> {
  loadEngine();
  const running: Running = {
    ...options,
    pages: { 'GET /ledger': () => options.ledger.entries, ...options.pages },
    router: new FhirRouter(),
    repository: new PartnerRepository(),
    inTurn: oneAfterTheOther(),
  };
  const server = createServer((request, response) => {
    answer(running, request, response).catch(() => response.destroy());
  });
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, base: url + FHIR_PATH, repository: running.repository, close: () => stop(server) };
}

async function answer(running: Running, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
  const page = running.pages?.[`${request.method} ${pathname}`];
  if (page) return sendJson(response, 200, await page(searchParams));
  if (!pathname.startsWith(`${FHIR_PATH}/`)) return sendJson(response, 404, { error: 'There is nothing here.' });
  const body = await readBody(request);
  const fault = running.faults?.next();
  if (fault && !fault.afterwards) return running.faults?.commit(fault, request, response);
  const [outcome, resource] = await running.inTurn(() => interact(running, request, body));
  if (fault) running.faults?.commit(fault, request, response);
  else sendFhir(response, outcome, resource);
}

async function interact(
  running: Running,
  request: IncomingMessage,
  body: unknown,
): Promise<[OperationOutcome, Resource?]> {
  const { 'if-match': ifMatch, 'if-none-exist': ifNoneExist } = request.headers;
  const [outcome, resource] = await running.router.handleRequest(
    {
      method: request.method as HttpMethod,
      url: (request.url ?? '').slice(FHIR_PATH.length + 1),
      pathname: '',
      params: {},
      query: {},
      body,
      headers: { 'if-match': ifMatch, 'if-none-exist': ifNoneExist },
    },
    running.repository,
  );
  const wrote = request.method === 'POST' || request.method === 'PUT' || request.method === 'PATCH';
  if (wrote && resource?.resourceType === 'Task' && resource.id) note(running, request.method, outcome, resource);
  return resource ? [outcome, resource] : [outcome];
}

function note(running: Running, method: string | undefined, outcome: OperationOutcome, task: Task): void {
  const created = getStatus(outcome) === 201;
  const repeated = method === 'POST' && !created;
  running.ledger.write(tellingOf(task, created ? 'created' : repeated ? 'found' : 'updated'));
  running.onTask?.(task as Task & { id: string });
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  return text ? JSON.parse(text) : undefined;
}

function sendFhir(response: ServerResponse, outcome: OperationOutcome, resource: Resource | undefined): void {
  const { resourceType, id, meta } = resource ?? {};
  const location = id && meta?.versionId ? `${resourceType}/${id}/_history/${meta.versionId}` : undefined;
  if (location) response.setHeader('location', location);
  sendJson(response, getStatus(outcome), resource ?? outcome, 'application/fhir+json');
}

function sendJson(response: ServerResponse, status: number, value: unknown, type = 'application/json'): void {
  response.writeHead(status, { 'content-type': type }).end(`${JSON.stringify(value)}\n`);
}

function oneAfterTheOther(): Running['inTurn'] {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const next = last.then(work);
    last = next.catch(() => undefined);
    return next;
  };
}

async function stop(server: Server): Promise<void> {
  server.close();
  server.closeAllConnections();
  if (server.listening) await once(server, 'close');
}
