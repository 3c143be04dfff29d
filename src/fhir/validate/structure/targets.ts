import type { TypeRules } from '../definitions/definition.ts';
import { isA, modelOf } from '../definitions/model.ts';
import { referredType } from '../fhirpath/resolve.ts';
import { fault, isObject, type Walk } from '../walk.ts';

const BASE = 'http://hl7.org/fhir/StructureDefinition/';

/**
 * Compiles what a Reference may point to. Only the type is looked at, where the reference tells it; what it points to
 * is fetched by nobody.
 * @returns undefined for what is no Reference
 * @see https://hl7.org/fhir/R4/references.html
 */
export function compileTargets({
  code,
  targetProfiles,
}: TypeRules): ((value: unknown, walk: Walk) => void) | undefined {
  if (code !== 'Reference') return undefined;
  const types = targetTypes(targetProfiles);
  const text = types && `This may refer only to: ${[...types].join(', ')}. Refer to one of them.`;
  return (value, walk) => {
    if (!isObject(value)) return;
    if (value.type === undefined && !types) return;
    const type = referredType(value, walk.root);
    if (type === undefined) return;
    if (text && !types?.has(type)) fault(walk, 'value', text);
    else if (contradicts(value.type, type)) fault(walk, 'value', OTHER_TYPE, 'type');
  };
}

const OTHER_TYPE = 'The reference leads to a resource of another type. Say that one, or leave the type out.';

/** Whether a Reference says another type than it leads to; of types that are not R4's it is not known. */
function contradicts(said: unknown, type: string): boolean {
  if (typeof said !== 'string') return false;
  const name = said.startsWith(BASE) ? said.slice(BASE.length) : said;
  return name !== type && modelOf(name)?.kind === 'resource' && !isA(type, name);
}

/** The types that stand behind base definitions; nothing when anything may be referred to. */
function targetTypes(profiles: readonly string[]): ReadonlySet<string> | undefined {
  const types = profiles.filter((url) => url.startsWith(BASE)).map((url) => url.slice(BASE.length));
  return types.length === 0 || types.length < profiles.length || types.includes('Resource')
    ? undefined
    : new Set(types);
}
