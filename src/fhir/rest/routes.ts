import type { HttpMethod } from '@medplum/fhir-router';
import type { Bundle, Resource } from '@medplum/fhirtypes';
import express, { type Request, type Response, type Router } from 'express';
import type { Config } from '../../config.ts';
import type { Caller } from '../caller.ts';
import type { Operation } from '../operations/operation.ts';
import type { Store } from '../store/transact.ts';
import type { UnitOfWork } from '../store/unit-of-work.ts';
import { checkBundle, withUrnReferences } from './bundle.ts';
import { capabilityStatement } from './capability.ts';
import { checkConditions } from './conditions.ts';
import { type EngineAnswer, interact, interactAtomically } from './engine.ts';
import { checkAddress, checkIfMatch } from './request-checks.ts';
import { tidyResponses } from './transaction-response.ts';

export interface FhirDoor {
  readonly config: Config;
  readonly store: Store;
  readonly operations: readonly Operation[];
  /** Runs inside the transaction of every transaction Bundle. */
  readonly aroundTransaction: (unit: UnitOfWork, bundle: Bundle, work: () => Promise<Bundle>) => Promise<Bundle>;
  /** Called when a caller has read a resource. */
  readonly onRead: (caller: Caller, resource: Resource) => Promise<void>;
}

/** What this server does; anybody may read it. @see https://hl7.org/fhir/R4/http.html#capabilities */
export function capabilityRoutes(deps: Pick<FhirDoor, 'config' | 'store'>): Router {
  const router = express.Router();
  router.get('/metadata', (_request, response) => {
    send(response, 200, capabilityStatement(deps.config, deps.store.now()));
  });
  return router;
}

/** The FHIR R4 API. @see https://hl7.org/fhir/R4/http.html */
export function fhirRoutes(door: FhirDoor): Router {
  const router = express.Router();
  router.post('/', async (request, response) => {
    const bundle = withUrnReferences(checkBundle(request.body, door.config.BUNDLE_ENTRY_LIMIT));
    send(response, 200, await (bundle.type === 'batch' ? batch : transaction)(door, callerOf(response), bundle));
  });
  router.all('/{*path}', (request, response) => single(door, request, response));
  return router;
}

async function batch(door: FhirDoor, caller: Caller, bundle: Bundle): Promise<Bundle> {
  checkConditions(bundle);
  const { resource } = await interact(door.store, caller, { method: 'POST', url: '/', headers: {}, body: bundle });
  const answer = tidyResponses(resource as Bundle, bundle);
  await door.onRead(caller, answer);
  return answer;
}

function transaction(door: FhirDoor, caller: Caller, bundle: Bundle): Promise<Bundle> {
  return interactAtomically(door.store, caller, bundle, (unit, work) =>
    door.aroundTransaction(unit, bundle, async () => tidyResponses(await work(), bundle)),
  );
}

async function single(door: FhirDoor, request: Request, response: Response): Promise<void> {
  const caller = callerOf(response);
  checkIfMatch(request.get('if-match'));
  checkAddress(request.method, request.path, request.body);
  const answer = await interact(door.store, caller, {
    method: (request.method === 'HEAD' ? 'GET' : request.method) as HttpMethod,
    url: request.url,
    headers: { 'if-match': request.get('if-match'), 'if-none-exist': request.get('if-none-exist') },
    body: request.body as unknown,
  });
  const resource = await latest(door, caller, request, answer);
  if (request.method === 'GET') await door.onRead(caller, resource);
  describe(response, resource);
  if (WRITES.has(request.method) && resource.meta?.versionId)
    response.set('Location', locationOf(resource, door, request));
  if (notModified(request, resource)) response.status(304).end();
  else send(response, request.method === 'DELETE' ? 200 : answer.status, absoluteLinks(resource, door, request));
}

const WRITES: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH']);

/** Rules may add to a written resource when the transaction ends: answer with what it became. */
async function latest(door: FhirDoor, caller: Caller, request: Request, answer: EngineAnswer): Promise<Resource> {
  const { resource } = answer;
  const wrote = WRITES.has(request.method) && resource.meta?.versionId !== undefined;
  if (!wrote || !resource.id) return resource;
  const url = `${resource.resourceType}/${resource.id}/_history/${resource.meta?.versionId}`;
  return (await interact(door.store, caller, { method: 'GET', url, headers: {}, body: undefined })).resource;
}

/** @see https://hl7.org/fhir/R4/http.html#versioning */
function describe(response: Response, resource: Resource): void {
  const { versionId, lastUpdated } = resource.meta ?? {};
  if (!versionId || !lastUpdated) return;
  response.set('ETag', `W/"${versionId}"`);
  response.set('Last-Modified', new Date(lastUpdated).toUTCString());
}

/** @see https://hl7.org/fhir/R4/http.html#create */
function locationOf({ resourceType, id, meta }: Resource, door: FhirDoor, request: Request): string {
  return `${baseUrl(door.config, request)}/${resourceType}/${id}/_history/${meta?.versionId}`;
}

function notModified(request: Request, resource: Resource): boolean {
  const version = resource.meta?.versionId;
  return request.method === 'GET' && version !== undefined && request.get('if-none-match') === `W/"${version}"`;
}

function absoluteLinks(resource: Resource, door: FhirDoor, request: Request): Resource {
  if (resource.resourceType !== 'Bundle' || !resource.link) return resource;
  const base = baseUrl(door.config, request);
  const link = resource.link.map((each) => ({ ...each, url: `${base}/${each.url}` }));
  const entry = resource.entry?.map((each) =>
    each.resource?.id ? { fullUrl: `${base}/${each.resource.resourceType}/${each.resource.id}`, ...each } : each,
  );
  return { ...resource, link, ...(entry ? { entry } : {}) };
}

function baseUrl(config: Config, request: Request): string {
  return `${config.PUBLIC_URL ?? `${request.protocol}://${request.get('host')}`}/fhir/R4`;
}

/** Who asks, as the authentication step has found out. */
function callerOf(response: Response): Caller {
  return (response.locals as { caller: Caller }).caller;
}

function send(response: Response, status: number, resource: Resource): void {
  response.status(status).type('application/fhir+json').send(JSON.stringify(resource));
}
