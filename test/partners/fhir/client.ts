import { isDeepStrictEqual } from 'node:util';
import type { Bundle, Resource } from '@medplum/fhirtypes';
import { FHIR_JSON, type FhirClient, Refused, request } from './request.ts';

export type { FhirClient } from './request.ts';

export type Known<T extends Resource = Resource> = T & { id: string };

export async function read<T extends Resource>(client: FhirClient, reference: string): Promise<Known<T>> {
  return (await request(client, { method: 'GET', url: addressOf(client, reference) })) as Known<T>;
}

/** All matches of a search, page by page. @param query e.g. `Task?status=requested` */
export async function search<T extends Resource>(client: FhirClient, query: string): Promise<Known<T>[]> {
  const found: Known<T>[] = [];
  for (let url: string | undefined = addressOf(client, query); url; ) {
    const page = (await request(client, { method: 'GET', url })) as Bundle<Known<T>>;
    const matches = (page.entry ?? []).filter(({ search: how }) => how?.mode !== 'outcome');
    found.push(...matches.flatMap(({ resource }) => resource ?? []));
    url = page.link?.find(({ relation }) => relation === 'next')?.url;
  }
  return found;
}

/** Creates a resource, unless there is one under this business identifier: so it may be repeated. */
export async function createOnce<T extends Resource>(
  client: FhirClient,
  resource: T,
  identifier: string,
): Promise<Known<T>> {
  const headers = { 'if-none-exist': identifierQuery(identifier) };
  return (await request(client, {
    method: 'POST',
    url: `${client.base}/${resource.resourceType}`,
    body: resource,
    headers,
  })) as Known<T>;
}

/** Creates or replaces the resource under this business identifier. */
export async function putByIdentifier<T extends Resource>(
  client: FhirClient,
  resource: T,
  identifier: string,
): Promise<Known<T>> {
  const url = `${client.base}/${resource.resourceType}?${identifierQuery(identifier)}`;
  return (await request(client, { method: 'PUT', url, body: resource })) as Known<T>;
}

/** Sends a transaction Bundle, the same one until it is answered. */
export async function transact(client: FhirClient, bundle: Bundle): Promise<Bundle> {
  return (await request(client, { method: 'POST', url: client.base, body: bundle })) as Bundle;
}

export type Verb = 'PUT' | 'PATCH';

const MOST_CHANGES = 20;

/**
 * Changes a resource as it stands (`If-Match`); when somebody else was faster, looks again.
 * @param edit returns what it should become, or undefined when nothing is to be done
 * @returns what it is now
 */
export async function change<T extends Resource>(
  client: FhirClient,
  reference: string,
  edit: (current: Known<T>) => Known<T> | undefined,
  verb: Verb = 'PUT',
): Promise<Known<T>> {
  for (let tries = 1; ; tries += 1) {
    const current = await read<T>(client, reference);
    const wanted = edit(current);
    if (!wanted) return current;
    try {
      return await write(client, current, wanted, verb);
    } catch (thrown) {
      const overtaken = thrown instanceof Refused && (thrown.status === 412 || thrown.status === 409);
      if (!overtaken || tries >= MOST_CHANGES) throw thrown;
    }
  }
}

async function write<T extends Resource>(
  client: FhirClient,
  current: Known<T>,
  wanted: Known<T>,
  method: Verb,
): Promise<Known<T>> {
  const patch = method === 'PATCH';
  const headers = {
    'if-match': `W/"${current.meta?.versionId}"`,
    'content-type': patch ? 'application/json-patch+json' : FHIR_JSON,
  };
  const url = `${client.base}/${current.resourceType}/${current.id}`;
  return (await request(client, { method, url, headers, body: patch ? patchOf(current, wanted) : wanted })) as Known<T>;
}

/** A JSON Patch of the elements that differ. @see https://www.rfc-editor.org/rfc/rfc6902 */
function patchOf(current: object, wanted: object): object[] {
  const differing = Object.entries(wanted).filter(
    ([name, value]) => !isDeepStrictEqual(value, current[name as keyof typeof current]),
  );
  return differing.map(([name, value]) => ({ op: 'add', path: `/${name}`, value }));
}

function addressOf({ base }: FhirClient, reference: string): string {
  return /^https?:\/\//.test(reference) ? reference : `${base}/${reference}`;
}

function identifierQuery(identifier: string): string {
  return `identifier=${encodeURIComponent(identifier)}`;
}
