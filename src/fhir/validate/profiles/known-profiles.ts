import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CodeSystem, StructureDefinition, ValueSet } from '@medplum/fhirtypes';
import { addTerminology } from '../../terminology/expansion.ts';
import { definitionAt, keepDefinition } from '../definitions/known.ts';
import { compileProfile } from './compile.ts';
import type { ProfileCheck } from './profile-check.ts';

const compiled = new Map<string, ProfileCheck>();

/**
 * The check of a profile, compiled at the first question.
 * @returns undefined when no profile with this canonical address (and version, if it names one) is known here
 */
export function findProfile(canonical: string): ProfileCheck | undefined {
  const definition = definitionAt(canonical);
  if (!definition?.isProfile) return undefined;
  const known = compiled.get(definition.url) ?? compileProfile(definition, findProfile);
  compiled.set(definition.url, known);
  return known;
}

/**
 * Makes the profiles of a folder known, with the value sets and code systems that lie beside them: JSON files, one resource in each.
 * @returns the canonical addresses of the profiles
 * @throws Error when a file is no JSON, naming the file
 */
export function loadProfiles(folder: string): string[] {
  const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
  return files.flatMap((file) => keep(readResource(join(folder, file))));
}

/** This hub's own profiles. */
const OWN = join(import.meta.dirname, '..', '..', '..', '..', 'profiles', 'StructureDefinition');

/**
 * Makes this hub's own profiles known, and those of further folders (comma separated).
 * @throws Error when a folder cannot be read
 */
export function loadHouseProfiles(further: string | undefined): void {
  const folders = (further ?? '').split(',').map((folder) => folder.trim());
  for (const folder of [OWN, ...folders.filter((each) => each !== '')]) loadProfiles(folder);
}

function keep(resource: StructureDefinition | ValueSet | CodeSystem): string[] {
  if (resource.resourceType === 'ValueSet' || resource.resourceType === 'CodeSystem') addTerminology(resource);
  if (resource.resourceType !== 'StructureDefinition' || resource.derivation !== 'constraint') return [];
  const definition = keepDefinition(resource);
  if (definition) compiled.delete(definition.url);
  return definition ? [definition.url] : [];
}

function readResource(path: string): StructureDefinition | ValueSet | CodeSystem {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as StructureDefinition | ValueSet | CodeSystem;
  } catch (thrown) {
    throw new Error(`${path} cannot be read as JSON. Correct it, or take it out of the folder.`, { cause: thrown });
  }
}
