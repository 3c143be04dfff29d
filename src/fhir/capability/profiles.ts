import { definitionAt, profilesOf } from '../validate/definitions/known.ts';
import type { Guides } from './guides.ts';

/** What the metadata says of the profiles of a type. */
export interface DescribedProfiles {
  readonly supportedProfile?: string[];
  readonly documentation?: string;
}

/**
 * The profiles of a type: those of the guides this hub follows, whose resources it keeps, makes and finds, and all others
 * that are loaded. Of those whose definitions are not loaded it says that nothing is checked against them.
 * @see https://hl7.org/fhir/R4/capabilitystatement-definitions.html#CapabilityStatement.rest.resource.supportedProfile
 */
export function describeProfiles(type: string, { profiles }: Guides): DescribedProfiles {
  const followed = profiles.get(type) ?? [];
  const named = new Set(followed.map(addressOf));
  const loaded = profilesOf(type).flatMap(({ url }) => (named.has(url) ? [] : url));
  const unchecked = followed.filter((each) => !definitionAt(addressOf(each)));
  const all = [...followed, ...loaded.sort()];
  return {
    ...(all.length > 0 ? { supportedProfile: all } : {}),
    ...(unchecked.length > 0 ? { documentation: notChecked(unchecked) } : {}),
  };
}

/** What the metadata says of all of them. */
export const CHECKED =
  'A resource that claims a supported profile is checked against it, but for those that its type says are not checked.';

function notChecked(profiles: readonly string[]): string {
  return `Not checked, as their definitions are not loaded: ${profiles.join(', ')}. Resources that claim them are kept and found as they are.`;
}

function addressOf(canonical: string): string {
  return canonical.split('|')[0] ?? canonical;
}
