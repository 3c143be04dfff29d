import type { Bundle, StructureDefinition } from '@medplum/fhirtypes';
import { type Constraint, type Definition, type ElementRules, toDefinition } from './definition.ts';

const byUrl = new Map<string, Definition>();
const byType = new Map<string, Definition>();
const baseConstraints = new Set<string>();

/** Keeps the definitions of a published Bundle; what is no StructureDefinition is left out. */
export function keepDefinitions({ entry }: Bundle): void {
  for (const { resource } of entry ?? []) {
    if (resource?.resourceType === 'StructureDefinition') keepDefinition(resource);
  }
}

/** Keeps one definition, and gives it back when something can be checked by it. */
export function keepDefinition(structure: StructureDefinition): Definition | undefined {
  const definition = toDefinition(structure);
  if (!definition) return undefined;
  byUrl.set(definition.url, definition);
  if (!definition.isProfile) keepType(definition);
  return definition;
}

function keepType(definition: Definition): void {
  byType.set(definition.type, definition);
  for (const { constraints } of definition.elements) {
    for (const { key, expression } of constraints) baseConstraints.add(`${key} ${expression}`);
  }
}

/** The definition of a type of R4, e.g. `Patient`, `Period`, `code`. */
export function typeDefinition(type: string): Definition | undefined {
  return byType.get(type);
}

/** The definition with a canonical address; a version in it (`…|7.0.0`) must be the one that is known. */
export function definitionAt(canonical: string): Definition | undefined {
  const [url = '', version] = canonical.split('|');
  const found = byUrl.get(url);
  return version === undefined || found?.version === undefined || found.version === version ? found : undefined;
}

/** The profiles of a type that are known here. */
export function profilesOf(type: string): readonly Definition[] {
  return [...byUrl.values()].filter((each) => each.isProfile && each.type === type);
}

/** Whether resources of a type may be written: `Patient`, but not `DomainResource`. */
export function isConcreteResource(type: string): boolean {
  const definition = byType.get(type);
  return definition?.kind === 'resource' && !definition.abstract;
}

/** An element as its type defines it, e.g. at `HumanName.family`. */
export function baseElement(path: string): ElementRules | undefined {
  const [type = ''] = path.split('.', 1);
  return byType.get(type)?.elements.find((each) => each.path === path);
}

/** Whether a type of R4 has an invariant, word for word: a profile that repeats it adds nothing. */
export function isBaseConstraint({ key, expression }: Constraint): boolean {
  return baseConstraints.has(`${key} ${expression}`);
}
