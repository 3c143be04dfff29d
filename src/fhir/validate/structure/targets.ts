import type { TypeRules } from '../definitions/definition.ts';
import { referredType } from '../fhirpath/resolve.ts';
import { fault, isObject, type Walk } from '../walk.ts';

const BASE = 'http://hl7.org/fhir/StructureDefinition/';

/**
 * Compiles what a Reference may point to. Only the type is looked at, where the reference tells it; what it points to
 * is fetched by nobody.
 * @returns undefined when it may point to anything
 * @see https://hl7.org/fhir/R4/references.html
 */
export function compileTargets({
  code,
  targetProfiles,
}: TypeRules): ((value: unknown, walk: Walk) => void) | undefined {
  const types = targetTypes(targetProfiles);
  if (code !== 'Reference' || !types) return undefined;
  const text = `This may refer only to: ${[...types].join(', ')}. Refer to one of them.`;
  return (value, walk) => {
    const type = isObject(value) ? referredType(value, walk.root) : undefined;
    if (type !== undefined && !types.has(type)) fault(walk, 'value', text);
  };
}

/** The types that stand behind base definitions; nothing when anything may be referred to. */
function targetTypes(profiles: readonly string[]): ReadonlySet<string> | undefined {
  const types = profiles.filter((url) => url.startsWith(BASE)).map((url) => url.slice(BASE.length));
  return types.length === 0 || types.length < profiles.length || types.includes('Resource')
    ? undefined
    : new Set(types);
}
