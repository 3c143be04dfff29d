import type { ParametersParameter } from '@medplum/fhirtypes';
import { elementsOf, placeOf } from '../../xml/elements.ts';

type Json = Record<string, unknown>;

/**
 * The value of an element without a type of its own (`Patient.contact`), given by its parts. Pure.
 * @param type its type here, e.g. `PatientContact`
 * @see https://hl7.org/fhir/R4/fhirpatch.html
 */
export function valueOfPart(parts: readonly ParametersParameter[], type: string): Json {
  const value = new Map<string, unknown>();
  for (const part of parts) {
    const name = choiceName(part.name, part, type);
    const inner = part.part ? valueOfPart(part.part, partType(part.name, type)) : valueIn(part);
    const known = value.get(name);
    if (placeOf(name, elementsOf(type))?.isArray) value.set(name, [...(Array.isArray(known) ? known : []), inner]);
    else value.set(name, inner);
  }
  return Object.fromEntries(value);
}

/** The type of an element within another. */
export function partType(name: string, type: string): string {
  return placeOf(name, elementsOf(type))?.type ?? '';
}

/** The name of a property for an element: `valueString` for a string in `value`, where that has a choice of types. */
export function choiceName(name: string, part: ParametersParameter, type: string): string {
  if (!isChoice(name, type)) return name;
  const key = valueKey(part);
  return key === undefined ? name : name + key.slice('value'.length);
}

/** Whether an element has a choice of types, as `value[x]`. */
export function isChoice(name: string, type: string): boolean {
  return Object.hasOwn(elementsOf(type).byName, `${name}[x]`);
}

/** What a parameter has as its value, of whatever type. */
export function valueIn(part: ParametersParameter): unknown {
  const key = valueKey(part);
  return key === undefined ? undefined : (part as unknown as Json)[key];
}

function valueKey(part: ParametersParameter): string | undefined {
  return Object.keys(part).find((key) => /^value[A-Z]/.test(key));
}
