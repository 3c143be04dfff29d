import type { BundleEntry, Resource } from '@medplum/fhirtypes';
import { withNumbersOf } from '../../../db/written-numbers.ts';
import { mapReferences } from '../../references.ts';
import { withLinks } from './links.ts';

/** An entry whose resource has another address afterwards than its sender knows. */
export interface Named {
  readonly fullUrl: string | undefined;
  /** Where it is on this server, e.g. `Patient/1`. */
  readonly address: string;
  /** The version its sender calls it by, where this server makes its first one of it. */
  readonly version?: string | undefined;
}

/**
 * What entries of a Bundle are called, by all names references may use: their full address, and relative to it. Pure.
 * @see https://hl7.org/fhir/R4/bundle.html#references
 */
export function namesOf(entries: readonly Named[]): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const { fullUrl, address } of entries) if (fullUrl) names.set(fullUrl, address);
  for (const { fullUrl, address } of entries) {
    const tail = fullUrl?.split('/').slice(-2).join('/');
    if (tail && !names.has(tail)) names.set(tail, address);
  }
  for (const { fullUrl, address, version } of entries) {
    if (fullUrl && version) names.set(`${fullUrl}/_history/${version}`, `${address}/_history/1`);
  }
  return names;
}

/**
 * A resource whose references and links to entries of its Bundle lead to where those are on this server. Pure.
 * @see https://hl7.org/fhir/R4/http.html#trules
 */
export function withAddresses<T extends BundleEntry['resource']>(resource: T, names: ReadonlyMap<string, string>): T {
  if (!resource || names.size === 0) return resource;
  const referred = mapReferences(resource, (reference) => addressOf(reference, names));
  return withLinks(referred as Resource, names) as T;
}

/**
 * A patch whose values lead to where the entries of its Bundle are on this server: a FHIRPath Patch has them in references
 * and in elements of type uri and url, a JSON Patch in its values, which may be a reference's text too. Pure.
 * @see https://hl7.org/fhir/R4/http.html#trules
 */
export function withAddressesInPatch(patch: unknown, names: ReadonlyMap<string, string>): unknown {
  if (typeof patch !== 'object' || patch === null || names.size === 0) return patch;
  if (!Array.isArray(patch)) return withAddresses(patch as Resource, names);
  const referred = mapReferences(patch as unknown[], (reference) => addressOf(reference, names));
  return referred.map((operation) => withNumbersOf(operation, withTextLed(operation, names)));
}

/** `{"op":"replace","path":"/subject/reference","value":"urn:uuid:…"}`. */
function withTextLed(operation: unknown, names: ReadonlyMap<string, string>): unknown {
  const { path, value } = (operation ?? {}) as { readonly path?: unknown; readonly value?: unknown };
  const isReference = typeof path === 'string' && path.endsWith('/reference') && typeof value === 'string';
  return isReference ? { ...(operation as object), value: addressOf(value, names) } : operation;
}

function addressOf(reference: string, names: ReadonlyMap<string, string>): string {
  const known = names.get(reference);
  if (known) return known;
  // A fragment within another entry is of that entry.
  const [whole = '', fragment] = reference.split('#');
  const address = fragment ? names.get(whole) : undefined;
  return address ? `${address}#${fragment}` : reference;
}
