import type { Bundle, OperationOutcome, Resource } from '@medplum/fhirtypes';
import { Client } from 'fhir-kit-client';
import { type ClientKind, type Kept, type RealClient, resourcesOf } from './real-client.ts';

type Body = Parameters<Client['create']>[0]['body'];

/** @see https://github.com/Vermonster/fhir-kit-client */
export const fhirKit: ClientKind = {
  name: 'fhir-kit-client',
  open: async (base, token) => {
    const client = new Client({ baseUrl: base });
    client.bearerToken = token;
    return asRealClient(client);
  },
};

function asRealClient(client: Client): RealClient {
  return {
    create: <T extends Resource>(resource: T) =>
      kept<T>(client.create({ resourceType: resource.resourceType, body: body(resource) })),
    createIfNoneExist: <T extends Resource>(resource: T, query: string) => {
      const options = { headers: { 'If-None-Exist': query } };
      return kept<T>(client.create({ resourceType: resource.resourceType, body: body(resource), options }));
    },
    read: <T extends Resource>(resourceType: T['resourceType'], id: string) =>
      kept<T>(client.read({ resourceType, id })),
    update: <T extends Resource>(resource: Kept<T>, ifMatch?: string) => {
      const options = ifMatch ? { headers: { 'If-Match': ifMatch } } : {};
      const { resourceType, id } = resource;
      return kept<T>(client.update({ resourceType, id, body: body(resource), options }));
    },
    patch: <T extends Resource>(
      resourceType: T['resourceType'],
      id: string,
      steps: Parameters<RealClient['patch']>[2],
    ) => kept<T>(client.patch({ resourceType, id, jsonPatch: [...steps] })),
    search: (type, query) => bundleOf(client.request(`${type}?${query}`)),
    pages: (type, query) => pagesOf(client, type, query),
    send: (bundle) =>
      bundleOf(bundle.type === 'batch' ? client.batch({ body: body(bundle) }) : transact(client, bundle)),
    history: (resourceType, id) => bundleOf(client.resourceHistory({ resourceType, id })),
    remove: async (resourceType, id) => void (await client.delete({ resourceType, id })),
    refusal: (thrown) => {
      const { response } = thrown as { response?: { status: number; data: OperationOutcome } };
      if (!response) throw thrown;
      return { status: response.status, outcome: response.data };
    },
  };
}

function transact(client: Client, bundle: Bundle): Promise<unknown> {
  return client.transaction({ body: body(bundle) });
}

async function* pagesOf(client: Client, type: string, query: string): AsyncGenerator<Resource[]> {
  let page: Promise<unknown> | undefined = client.request(`${type}?${query}`);
  while (page) {
    const bundle = await page;
    yield resourcesOf(bundle as Bundle);
    page = client.nextPage({ bundle: bundle as Parameters<Client['nextPage']>[0]['bundle'] });
  }
}

/** Its types know no FHIR: a resource is a record to it. */
function body(resource: Resource): Body {
  return resource as unknown as Body;
}

async function kept<T extends Resource>(answer: Promise<unknown>): Promise<Kept<T>> {
  return (await answer) as Kept<T>;
}

async function bundleOf(answer: Promise<unknown>): Promise<Bundle> {
  return (await answer) as Bundle;
}
