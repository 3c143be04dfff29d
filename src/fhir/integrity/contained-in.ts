import type { Resource } from '@medplum/fhirtypes';

const known = new WeakMap<Resource, ReadonlySet<string>>();

/** What a resource contains, as it is referred to: `#` and the id. Put together once: as many references as it likes may lead there. */
export function containedIn(resource: Resource): ReadonlySet<string> {
  const contained = 'contained' in resource ? (resource.contained ?? []) : [];
  const names = known.get(resource) ?? new Set(contained.map(({ id }) => `#${id}`));
  known.set(resource, names);
  return names;
}
