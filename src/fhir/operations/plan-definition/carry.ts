import type { Reference, Resource } from '@medplum/fhirtypes';
import { type ApplyWork, refused } from './apply-work.ts';

/**
 * A reference of a definition, for the result: what the definition contains goes with it, under an id of its own, and
 * what that refers to likewise.
 * @param contained what stands in the resource that the reference stands in
 * @throws AppError (422) when it refers to something contained that is not there
 * @see https://hl7.org/fhir/R4/references.html#contained
 */
export function carried<T extends Reference | undefined>(
  work: ApplyWork,
  contained: readonly Resource[],
  reference: T,
  place: string,
): T {
  const named = reference?.reference;
  if (!reference || !named?.startsWith('#')) return reference;
  const resource = contained.find(({ id }) => `#${id}` === named);
  if (!resource) {
    throw refused(
      'What this definition refers to is not contained in it. Contain it, or take the reference out.',
      place,
      'not-found',
    );
  }
  return { ...reference, reference: `#${idInResult(work, contained, resource, place)}` };
}

function idInResult(work: ApplyWork, contained: readonly Resource[], resource: Resource, place: string): string {
  // A definition that is used twice is read twice: it is known by what it is.
  const key = `${resource.id} ${JSON.stringify(contained)}`;
  const known = work.carried.get(key);
  if (known) return known;
  const id = `carried-${work.carried.size + 1}`;
  // Known before its own references are followed: they may lead back to it.
  work.carried.set(key, id);
  const copy = withReferences(resource, (each) => carried(work, contained, each, place)) as Resource;
  work.contained.push({ ...copy, id });
  return id;
}

function withReferences(value: unknown, change: (reference: Reference) => Reference): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((each) => withReferences(each, change));
  const copy = Object.fromEntries(Object.entries(value).map(([name, each]) => [name, withReferences(each, change)]));
  return typeof copy.reference === 'string' ? change(copy) : copy;
}
