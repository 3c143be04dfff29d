import { MedplumClient, OperationOutcomeError } from '@medplum/core';
import type { Bundle, Resource } from '@medplum/fhirtypes';
import type { ClientKind, Kept, RealClient } from './real-client.ts';

/** @see https://www.medplum.com/docs/sdk/core.medplumclient */
export const medplum: ClientKind = {
  name: 'MedplumClient',
  open: async (base, token) => {
    const url = new URL(base);
    // Without a cache, so that every read is asked of the server.
    const options = { baseUrl: url.origin, fhirUrlPath: url.pathname, fetch, cacheTime: 0, autoBatchTime: 0 };
    const client = new MedplumClient(options);
    client.setAccessToken(token);
    return asRealClient(client);
  },
};

function asRealClient(client: MedplumClient): RealClient {
  const fresh = { cache: 'reload' } as const;
  return {
    create: async <T extends Resource>(resource: T) => (await client.createResource(resource)) as Kept<T>,
    createIfNoneExist: async <T extends Resource>(resource: T, query: string) =>
      (await client.createResourceIfNoneExist(resource, query)) as Kept<T>,
    read: async <T extends Resource>(type: T['resourceType'], id: string) =>
      (await client.readResource(type, id, fresh)) as unknown as Kept<T>,
    update: async <T extends Resource>(resource: Kept<T>, ifMatch?: string) =>
      (await client.updateResource(resource, ifMatch ? { headers: { 'If-Match': ifMatch } } : {})) as Kept<T>,
    patch: async <T extends Resource>(type: T['resourceType'], id: string, steps: Parameters<RealClient['patch']>[2]) =>
      (await client.patchResource(type, id, [...steps])) as unknown as Kept<T>,
    search: async (type, query) => (await client.search(type, query, fresh)) as Bundle,
    pages: (type, query) => client.searchResourcePages(type, query, fresh),
    send: (bundle) => client.executeBatch(bundle),
    history: async (type, id) => (await client.readHistory(type, id, undefined, fresh)) as Bundle,
    remove: async (type, id) => void (await client.deleteResource(type, id)),
    refusal: (thrown) => {
      if (!(thrown instanceof OperationOutcomeError)) throw thrown;
      return { status: undefined, outcome: thrown.outcome };
    },
  };
}
