import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { Bundle, OperationOutcome, Resource } from '@medplum/fhirtypes';
import { type ClientKind, type Kept, type RealClient, resourcesOf } from './real-client.ts';

/** It is installed apart (`npm ci --prefix test/clients/fhirclient`), so its types may not be there to be read. */
interface FhirClient {
  create(resource: Resource, options?: { headers: Record<string, string> }): Promise<Resource>;
  update(resource: Resource, options?: { headers: Record<string, string> }): Promise<Resource>;
  patch(url: string, steps: readonly unknown[]): Promise<Resource>;
  delete(url: string): Promise<unknown>;
  fhirRequest(url: string, options?: Record<string, unknown>): Promise<unknown>;
  pages(url: string): AsyncGenerator<Bundle>;
}

/** Its way in for programs; the request and response of a launch are not needed where a token is there already. */
type Smart = (
  request: object,
  response: object,
) => { client(state: { serverUrl: string; tokenResponse: { access_token: string } }): FhirClient };

const FOLDER = new URL('../fhirclient/node_modules/fhirclient/', import.meta.url);

/** @see http://docs.smarthealthit.org/client-js/ */
export const fhirclient: ClientKind = {
  name: 'fhirclient',
  missing: existsSync(FOLDER)
    ? undefined
    : 'fhirclient is not installed: npm ci --prefix test/clients/fhirclient brings it.',
  open: async (base, token) => {
    const smart = createRequire(import.meta.url)(fileURLToPath(FOLDER)) as Smart;
    return asRealClient(smart({}, {}).client({ serverUrl: base, tokenResponse: { access_token: token } }));
  },
};

const JSON_BODY = { 'content-type': 'application/fhir+json' };

function asRealClient(client: FhirClient): RealClient {
  return {
    create: async <T extends Resource>(resource: T) => (await client.create(resource)) as Kept<T>,
    createIfNoneExist: async <T extends Resource>(resource: T, query: string) =>
      (await client.create(resource, { headers: { ...JSON_BODY, 'If-None-Exist': query } })) as Kept<T>,
    read: async <T extends Resource>(type: T['resourceType'], id: string) =>
      (await client.fhirRequest(`${type}/${id}`)) as Kept<T>,
    update: async <T extends Resource>(resource: Kept<T>, ifMatch?: string) =>
      (await client.update(
        resource,
        ifMatch ? { headers: { ...JSON_BODY, 'If-Match': ifMatch } } : undefined,
      )) as Kept<T>,
    patch: async <T extends Resource>(type: T['resourceType'], id: string, steps: Parameters<RealClient['patch']>[2]) =>
      (await client.patch(`${type}/${id}`, steps)) as Kept<T>,
    search: async (type, query) => (await client.fhirRequest(`${type}?${query}`)) as Bundle,
    pages: (type, query) => pagesOf(client, `${type}?${query}`),
    send: async (bundle) => {
      const options = { method: 'POST', headers: JSON_BODY, body: JSON.stringify(bundle) };
      return (await client.fhirRequest('', options)) as Bundle;
    },
    history: async (type, id) => (await client.fhirRequest(`${type}/${id}/_history`)) as Bundle,
    remove: async (type, id) => void (await client.delete(`${type}/${id}`)),
    refusal: (thrown) => readRefusal(thrown),
  };
}

async function* pagesOf(client: FhirClient, url: string): AsyncGenerator<Resource[]> {
  for await (const page of client.pages(url)) yield resourcesOf(page);
}

/** It has read the answer by then, and shows it in the message, below an empty line. */
function readRefusal(thrown: unknown): { status: number; outcome: OperationOutcome } {
  const { status, message } = thrown as { status?: number; message: string };
  if (status === undefined) throw thrown;
  return { status, outcome: JSON.parse(message.slice(message.indexOf('\n\n'))) as OperationOutcome };
}
