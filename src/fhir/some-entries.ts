import type { BundleEntry } from '@medplum/fhirtypes';

/** The entries of a Bundle; where there are none, no list of them: in FHIR none is empty. @see https://hl7.org/fhir/R4/json.html */
export function someEntries(entry: readonly BundleEntry[]): { readonly entry?: BundleEntry[] } {
  return entry.length > 0 ? { entry: [...entry] } : {};
}
