import type { Bundle, Resource } from '@medplum/fhirtypes';
import { type FoundReference, parseLocal } from '../references.ts';

/** A reference, and whose it is: where a Bundle is kept as one resource, that of an entry. */
export interface HeldReference extends FoundReference {
  readonly holder?: Resource;
}

/**
 * Those references of a resource that do not lead to what it holds itself. In a Bundle that is kept (a document, a
 * message, a collection), an entry refers to another by its fullUrl, or relative to its own; what is not in the Bundle
 * then is where the entry comes from. Pure.
 * @param own the address of this hub's FHIR API
 * @see https://hl7.org/fhir/R4/bundle.html#references
 */
export function leadingOut(
  resource: Resource,
  references: readonly FoundReference[],
  own: string,
): readonly HeldReference[] {
  if (resource.resourceType !== 'Bundle') return references;
  const fullUrls = new Set(entriesOf(resource).flatMap(({ fullUrl }) => fullUrl ?? []));
  return references.flatMap((each) => leadOut(resource, fullUrls, each, own) ?? []);
}

function leadOut(
  bundle: Bundle,
  fullUrls: ReadonlySet<string>,
  found: FoundReference,
  own: string,
): HeldReference | undefined {
  const [place, at] = ENTRY.exec(found.expression) ?? [];
  const { fullUrl, resource } = (place === undefined ? undefined : entriesOf(bundle)[Number(at)]) ?? {};
  if (place === undefined || !resource) return fullUrls.has(found.reference) ? undefined : found;
  const from = serverOf(fullUrl);
  const reference = from !== undefined && parseLocal(found.reference) ? `${from}/${found.reference}` : found.reference;
  if (fullUrls.has(reference.replace(WITHIN, '$1'))) return undefined;
  const held = { ...found, reference: from === own ? found.reference : reference, holder: resource };
  if (resource.resourceType !== 'Bundle') return held;
  const inner = { reference: held.reference, expression: `Bundle${found.expression.slice(place.length)}` };
  const [left] = leadingOut(resource, [inner], own);
  return left && { ...held, ...left, expression: found.expression };
}

const ENTRY = /^Bundle\.entry\[(\d+)\]\.resource/;

/** A version of an entry, and what an entry contains, are there with it. */
const WITHIN = /^([^#]+?)(?:\/_history\/[^/#]+)?(?:#.*)?$/;

/** The address of the server that a fullUrl is of. */
function serverOf(fullUrl: string | undefined): string | undefined {
  return /^(https?:\/\/.+)\/[A-Z][A-Za-z]+\/[A-Za-z0-9\-.]{1,64}$/.exec(fullUrl ?? '')?.[1];
}

function entriesOf({ entry }: Bundle): NonNullable<Bundle['entry']> {
  return entry ?? [];
}
