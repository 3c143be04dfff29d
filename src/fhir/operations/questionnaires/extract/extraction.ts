import type { BundleEntry, BundleEntryRequest, Questionnaire, Resource } from '@medplum/fhirtypes';
import { AppError } from '../../../../errors.ts';
import { type Scope, withValue } from '../scope.ts';
import { EXTENSIONS, type Extended, extensionsOf } from '../sdc.ts';
import type { Work } from '../work.ts';

const MOST_ENTRIES = 1_000;

/** A response while it is read. */
export interface Extraction extends Work {
  readonly questionnaire: Questionnaire;
  /** The address of the response on this server, where it is stored. */
  readonly source: string | undefined;
  readonly newId: () => string;
  readonly entries: BundleEntry[];
}

/** How an extracted resource is to be written. */
export interface EntryOptions {
  readonly fullUrl?: string | undefined;
  readonly request?: Partial<BundleEntryRequest> | undefined;
}

/** Adds a resource that is to be written: a new one, or the next version of the one whose id it has. @returns its address in the Bundle */
export function addEntry({ entries, newId }: Extraction, resource: Resource, options: EntryOptions = {}): string {
  if (entries.length >= MOST_ENTRIES) {
    const text = `More than ${MOST_ENTRIES} resources would be extracted. Split the questionnaire.`;
    throw new AppError('unprocessable', 'extract.too-many', text);
  }
  const { resourceType: type, id } = resource;
  const fullUrl = options.fullUrl ?? `urn:uuid:${newId()}`;
  const request: BundleEntryRequest = id ? { method: 'PUT', url: `${type}/${id}` } : { method: 'POST', url: type };
  entries.push({ fullUrl, resource, request: { ...request, ...options.request } });
  return fullUrl;
}

/** A scope that knows an address for each resource that is yet to be, so that others can refer to it. */
export function withAllocatedIds({ newId }: Extraction, scope: Scope, element: Extended): Scope {
  const names = extensionsOf(element, EXTENSIONS.allocateId).flatMap(({ extension }) => extension.valueString ?? []);
  return names.reduce((inner, name) => withValue(inner, name, `urn:uuid:${newId()}`), scope);
}
