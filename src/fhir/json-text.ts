import type { Resource } from '@medplum/fhirtypes';
import { parseJson } from '../db/written-numbers.ts';

const made = new WeakMap<Resource, string>();

/**
 * A resource as JSON. It is made once: what is stored is sent as it is, and what was read is sent as it was stored. A
 * resource must not be changed afterwards; a change makes another one.
 */
export function jsonText(resource: Resource): string {
  const known = made.get(resource) ?? JSON.stringify(resource);
  made.set(resource, known);
  return known;
}

/** A resource from its JSON, which `jsonText` then gives as it is. */
export function fromJsonText(text: string): Resource {
  const resource = parseJson(text) as Resource;
  made.set(resource, text);
  return resource;
}
