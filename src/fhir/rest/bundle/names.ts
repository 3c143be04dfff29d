import type { BundleEntry } from '@medplum/fhirtypes';
import { mapReferences } from '../../references.ts';

/** An entry whose resource has another address afterwards than its sender knows. */
export interface Named {
  readonly fullUrl: string | undefined;
  /** Where it is on this server, e.g. `Patient/1`. */
  readonly address: string;
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
  return names;
}

/** A resource whose references to entries of its Bundle lead to where those are on this server. Pure. */
export function withAddresses<T extends BundleEntry['resource']>(resource: T, names: ReadonlyMap<string, string>): T {
  return names.size === 0 ? resource : mapReferences(resource, (reference) => addressOf(reference, names));
}

function addressOf(reference: string, names: ReadonlyMap<string, string>): string {
  const known = names.get(reference);
  if (known) return known;
  // A fragment within another entry, or a version of it, is of that entry.
  const [whole = '', fragment] = reference.split('#');
  const address = fragment ? names.get(whole) : undefined;
  return address ? `${address}#${fragment}` : reference;
}
