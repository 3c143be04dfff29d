import type { Resource } from '@medplum/fhirtypes';

/** What a resource contains under a name. Pure. @param reference as it is referred to: `#` and the id */
export function containedIn(resource: Resource, reference: string): Resource | undefined {
  const contained = 'contained' in resource ? (resource.contained ?? []) : [];
  return contained.find(({ id }) => `#${id}` === reference);
}
