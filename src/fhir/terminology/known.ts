import type { CodeSystem, ConceptMap, Resource, ValueSet } from '@medplum/fhirtypes';
import { indexCodeSystem, type KnownCodeSystem } from './code-system.ts';

/** The value sets, code systems and maps that can be looked up by their canonical addresses (`url` or `url|version`). */
export interface Known {
  readonly valueSet: (canonical: string) => ValueSet | undefined;
  readonly codeSystem: (canonical: string) => KnownCodeSystem | undefined;
  readonly conceptMaps: () => readonly ConceptMap[];
}

/**
 * Looks up among the resources given; of two with one address the later counts. A code system is indexed when it is
 * first asked for.
 */
export function knownOf(resources: Iterable<Resource>, beneath?: Known): Known {
  const valueSets = new Map<string, ValueSet>();
  const codeSystems = new Map<string, CodeSystem>();
  const maps: ConceptMap[] = [];
  for (const resource of resources) {
    if (resource.resourceType === 'ValueSet' && resource.url) valueSets.set(resource.url, resource);
    if (resource.resourceType === 'CodeSystem' && resource.url && resource.content !== 'supplement')
      codeSystems.set(resource.url, resource);
    if (resource.resourceType === 'ConceptMap') maps.push(resource);
  }
  const indexed = new Map<string, KnownCodeSystem>();
  return {
    valueSet: (canonical) => ofVersion(valueSets, canonical) ?? beneath?.valueSet(canonical),
    codeSystem: (canonical) => {
      const found = ofVersion(codeSystems, canonical);
      const url = found?.url;
      if (!found || !url) return beneath?.codeSystem(canonical);
      const index = indexed.get(url) ?? indexCodeSystem(found);
      indexed.set(url, index);
      return index;
    },
    conceptMaps: () => [...maps, ...(beneath?.conceptMaps() ?? [])],
  };
}

/** A canonical address without its version. */
export function urlOf(canonical: string): string {
  return canonical.split('|')[0] ?? '';
}

function ofVersion<T extends { version?: string }>(byUrl: ReadonlyMap<string, T>, canonical: string): T | undefined {
  const [url = '', version] = canonical.split('|');
  const found = byUrl.get(url);
  return version === undefined || found?.version === version ? found : undefined;
}
