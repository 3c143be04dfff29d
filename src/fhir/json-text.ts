import type { Resource } from '@medplum/fhirtypes';

const made = new WeakMap<Resource, string>();

/**
 * A resource as JSON. It is made once: what was stored is sent as it is. A resource must not be changed afterwards; a
 * change makes another one.
 */
export function jsonText(resource: Resource): string {
  const known = made.get(resource) ?? JSON.stringify(resource);
  made.set(resource, known);
  return known;
}
