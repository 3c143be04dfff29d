import { type InternalSchemaElement, tryGetDataType } from '@medplum/core';

const PROFILE = 'http://hl7.org/fhir/StructureDefinition/';
const DEEPEST = 20;

/**
 * The types a reference may lead to, as the definitions say for the element it stands in; undefined where any type may
 * stand, or the definitions do not tell (in a contained resource, in an extension). Pure.
 * @param expression e.g. `Task.input[0].valueReference.reference`
 */
export function targetsAt(expression: string): readonly string[] | undefined {
  const [type = '', ...names] = expression
    .replaceAll(/\[\d+\]/g, '')
    .split('.')
    .slice(0, -1);
  if (names.length > DEEPEST) return undefined;
  const last = names.pop();
  let within: string | undefined = type;
  for (const name of names) within = within && typeOf(within, name)?.code;
  const profiles = within && last ? typeOf(within, last)?.targetProfile : undefined;
  const targets = profiles?.map((profile) => profile.replace(PROFILE, ''));
  return targets?.includes('Resource') ? undefined : targets;
}

type ElementType = InternalSchemaElement['type'][number];

/** The type of an element: of the one of a choice that its name says, e.g. `Reference` of `valueReference`. */
function typeOf(within: string, name: string): ElementType | undefined {
  const elements = tryGetDataType(within)?.elements ?? {};
  if (Object.hasOwn(elements, name)) return elements[name]?.type[0];
  for (const [key, { type }] of Object.entries(elements)) {
    const base = key.endsWith('[x]') ? key.slice(0, -3) : undefined;
    if (!base || !name.startsWith(base)) continue;
    const found = type.find(({ code }) => code.toLowerCase() === name.slice(base.length).toLowerCase());
    if (found) return found;
  }
  return undefined;
}
