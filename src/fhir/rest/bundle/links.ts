import type { Resource } from '@medplum/fhirtypes';
import { withNumbersOf } from '../../../db/written-numbers.ts';
import { placesOf } from '../../xml/elements.ts';

/**
 * A resource whose links to entries of its Bundle lead to where those are on this server: elements of type uri and url
 * (Attachment.url, say), and `href` and `src` in the narrative. Canonicals are left, as R4 says; so are oid and uuid,
 * which an address cannot be. Pure.
 * @param names addresses by the full addresses of the entries; relative ones are not links
 * @see https://hl7.org/fhir/R4/http.html#trules
 */
export function withLinks<T extends Resource>(resource: T, names: ReadonlyMap<string, string>): T {
  if (!mentions(resource, names)) return resource;
  return withNumbersOf(resource, linked(resource, resource.resourceType, names) as T);
}

/** Most resources have no such links: whether one has is asked without looking up what its elements are. */
function mentions(value: unknown, names: ReadonlyMap<string, string>, name = ''): boolean {
  if (typeof value === 'string') return name === 'div' ? LINK.test(value) : names.has(value);
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return value.some((each) => mentions(each, names, name));
  return Object.entries(value).some(([inner, each]) => inner !== 'reference' && mentions(each, names, inner));
}

function linked(value: unknown, type: string, names: ReadonlyMap<string, string>): unknown {
  if (Array.isArray(value)) return value.map((each) => linked(each, type, names));
  if (typeof value === 'string') return text(value, type, names);
  if (typeof value !== 'object' || value === null) return value;
  const { resourceType } = value as Partial<Resource>;
  const places = placesOf(typeof resourceType === 'string' ? resourceType : type);
  const entries = Object.entries(value).map(([name, inner]) => [
    name,
    linked(inner, places.get(name)?.type ?? '', names),
  ]);
  return Object.fromEntries(entries);
}

const LINK = /\s(?:href|src)=/i;
const LINKS = /(\s(?:href|src)=)("[^"]*"|'[^']*')/gi;

function text(value: string, type: string, names: ReadonlyMap<string, string>): string {
  if (type === 'uri' || type === 'url') return isFull(value) ? (names.get(value) ?? value) : value;
  if (type !== 'xhtml') return value;
  return value.replace(LINKS, (whole, before: string, quoted: string) => {
    const link = quoted.slice(1, -1).replaceAll('&amp;', '&');
    const address = isFull(link) ? names.get(link) : undefined;
    return address === undefined ? whole : `${before}"${address}"`;
  });
}

function isFull(address: string): boolean {
  return address.includes(':');
}
