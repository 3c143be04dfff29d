import type { Bundle, BundleEntry, Resource } from '@medplum/fhirtypes';
import { type FoundReference, findReferences, parseLocal } from '../references.ts';
import { containedIn } from './contained-in.ts';
import { isBelow } from './known-servers.ts';

/**
 * The references of a resource that are to lead somewhere outside of it. Those between the entries of a Bundle that is
 * kept as a document, a message or a collection lead to its own entries; a relative one means what it would mean where
 * its entry comes from. Pure.
 * @param base the address of this hub's FHIR API
 * @see https://hl7.org/fhir/R4/bundle.html#references
 */
export function outwardReferences(resource: Resource, base: string): FoundReference[] {
  return resource.resourceType === 'Bundle' ? ofBundle(resource, 'Bundle', base) : findReferences(resource);
}

function ofBundle({ entry: entries = [], ...beside }: Bundle, place: string, base: string): FoundReference[] {
  const names = new Set(entries.flatMap((entry) => namesOf(entry, base)));
  return [
    ...at(place, findReferences(beside)),
    ...entries.flatMap(({ fullUrl, resource }, number) => {
      if (!resource) return [];
      const inside = `${place}.entry[${number}].resource`;
      const found =
        resource.resourceType === 'Bundle' ? ofBundle(resource, inside, base) : at(inside, findReferences(resource));
      return found.flatMap(({ reference, expression }): FoundReference[] => {
        if (reference.startsWith('#')) {
          const isThere = reference === '#' || containedIn(resource).has(reference);
          return isThere ? [] : [{ reference, expression }];
        }
        const meant = fromEntry(reference, fullUrl, base);
        const isInside = [reference, meant].some((each) => names.has(each.replace(/(#|\/_history\/).*/, '')));
        return isInside ? [] : [{ reference: meant, expression }];
      });
    }),
  ];
}

/** What an entry is called by the others: by its address, or where that is none of a server, by its type and id. */
function namesOf({ fullUrl, resource }: BundleEntry, base: string): string[] {
  const local = resource?.id ? [`${resource.resourceType}/${resource.id}`] : [];
  if (fullUrl === undefined || !/^https?:/.test(fullUrl)) return [...(fullUrl ? [fullUrl] : []), ...local];
  return isBelow(fullUrl, base) ? [fullUrl, fullUrl.slice(base.length + 1)] : [fullUrl];
}

/** A relative reference in full, where its entry is at an address of another server; one to this hub without its address. */
function fromEntry(reference: string, fullUrl: string | undefined, base: string): string {
  if (isBelow(reference, base)) return reference.slice(base.length + 1);
  const [, root] = /^(https?:\/\/.+\/)[A-Z][A-Za-z]+\/[A-Za-z0-9\-.]{1,64}$/.exec(fullUrl ?? '') ?? [];
  return root && root !== `${base}/` && parseLocal(reference) ? `${root}${reference}` : reference;
}

function at(place: string, found: readonly FoundReference[]): FoundReference[] {
  return found.map(({ reference, expression }) => ({
    reference,
    expression: `${place}${expression.slice(expression.indexOf('.'))}`,
  }));
}
