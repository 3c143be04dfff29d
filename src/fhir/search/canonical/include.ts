import type { Stored } from '../../store/unit-of-work.ts';
import { indexKeys } from '../parameters/index-keys.ts';
import type { Parameter } from '../parameters/parameter.ts';
import { followed, readReferring } from '../referring.ts';
import type { Inclusion } from '../request/search-request.ts';
import type { Reading } from '../resolve.ts';
import {
  type Canonical,
  canonicalNames,
  canonicalOf,
  formsTo,
  isCanonical,
  means,
  readCanonical,
} from './canonical.ts';

const MOST_KEYS = 20_000;

/** What the canonical references of some resources may mean, each with the types it may lead to. */
function canonicalsFrom(resources: readonly Stored[], inclusions: readonly Inclusion[]): Meant[] {
  return inclusions.flatMap(({ source, code, target }) =>
    resources.flatMap((resource) => {
      const { resourceType: type } = resource;
      if (source !== undefined && source !== type) return [];
      return followed(type, { code })
        .filter(isCanonical)
        .flatMap((parameter) => {
          const types = parameter.targets.filter((each) => (target ?? each) === each && canonicalNames(each));
          const found = parameter.find({ type, value: resource });
          return found.flatMap(({ value }) => (typeof value === 'string' ? [{ ...readCanonical(value), types }] : []));
        });
    }),
  );
}

type Meant = Canonical & { readonly types: readonly string[] };

/** What the canonical references of some resources mean. Of several versions, all that are meant are brought along. */
export async function readMeant(
  reading: Reading,
  from: readonly Stored[],
  inclusions: readonly Inclusion[],
  limit: number,
): Promise<Stored[]> {
  const meant = canonicalsFrom(from, inclusions);
  const keys = meant.flatMap(({ url, types }) => types.flatMap((type) => indexKeys(type, 'url', url)));
  const found = await readReferring(reading, [...new Set(keys)].slice(0, MOST_KEYS), limit);
  return found.filter((resource) => {
    const canonical = canonicalOf(resource);
    return meant.some((each) => canonical && each.types.includes(resource.resourceType) && means(each, canonical));
  });
}

/** The forms in which the index holds canonical references to a resource by a parameter. */
export function canonicalForms(parameter: Parameter, resource: Stored): string[] {
  const canonical = isCanonical(parameter) ? canonicalOf(resource) : undefined;
  return canonical ? formsTo(canonical) : [];
}
