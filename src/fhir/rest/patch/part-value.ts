import type { ParametersParameter } from '@medplum/fhirtypes';
import { textOf } from '../../../db/written-numbers.ts';
import type { ElementModel, TypeModel } from '../../validate/definitions/model.ts';
import { isObject } from '../../validate/walk.ts';
import { copied } from './copied.ts';
import { Misfit, shown } from './misfit.ts';
import { type Held, heldIn, hold, type Json, slotOf } from './slot.ts';

/**
 * The value that a part of an operation holds, copied: of a type of its own, a resource, or (`Patient.contact`) given by
 * its own parts.
 * @param model the type of the element it is for
 * @throws Misfit when there is none
 * @see https://hl7.org/fhir/R4/fhirpatch.html
 */
export function valueIn(part: ParametersParameter, model: TypeModel | undefined): Held {
  if (Array.isArray(part.part)) return { value: ofParts(part.part, model), extra: undefined };
  const type = typeIn(part);
  const json = part as unknown as Json;
  const value = type === undefined ? part.resource : json[`value${type}`];
  const extra = type === undefined ? undefined : json[`_value${type}`];
  if (value === undefined && extra === undefined) throw new Misfit('It has no value. Give one, e.g. as valueString.');
  return {
    value: copied(value),
    extra: copied(extra),
    text: type === undefined ? undefined : textOf(part, `value${type}`),
  };
}

function ofParts(parts: readonly ParametersParameter[], model: TypeModel | undefined): Json {
  const made: Json = {};
  for (const part of parts) {
    if (!isObject(part) || typeof part.name !== 'string') throw new Misfit('A part of its value has no name.');
    const element = elementFor(part.name, part, model);
    const slot = slotOf(made, element);
    hold(slot, [...(slot.isList ? heldIn(slot) : []), valueIn(part, element.model())]);
  }
  return made;
}

/**
 * The element that a value is for. One with a choice of types is named `value` or `valueQuantity`: the value says which
 * type it is.
 * @throws Misfit when the type has none of this name
 */
export function elementFor(name: string, part: ParametersParameter, model: TypeModel | undefined): ElementModel {
  const elements = model?.byName.get(name);
  if (elements?.[0]?.isChoice) return choiceFor(name, elements, part);
  const element = elements?.[0] ?? model?.byKey.get(name);
  if (!element) throw new Misfit(`There is no element ${shown(name)} in ${model?.name ?? 'it'}. Correct its name.`);
  return element.isChoice ? choiceFor(element.name, [element], part) : element;
}

function choiceFor(name: string, elements: readonly ElementModel[], part: ParametersParameter): ElementModel {
  const type = typeIn(part);
  const found = elements.find(({ key }) => type !== undefined && key === `${name}${type}`);
  if (found) return found;
  throw notOfType(
    name,
    elements.map(({ type }) => type.code),
  );
}

export function notOfType(name: string, types: readonly string[]): Misfit {
  return new Misfit(
    `The value of ${name} is of one of these types: ${types.join(', ')}. Give it as such, e.g. as ${keyFor(types)}.`,
  );
}

function keyFor([type = '']: readonly string[]): string {
  return `value${capital(type)}`;
}

export function capital(type: string): string {
  return type.charAt(0).toUpperCase() + type.slice(1);
}

/** `Quantity` of a part with a valueQuantity. */
export function typeIn(part: ParametersParameter): string | undefined {
  return Object.keys(part)
    .map((key) => /^_?value([A-Z]\w*)$/.exec(key)?.[1])
    .find((type) => type !== undefined);
}
