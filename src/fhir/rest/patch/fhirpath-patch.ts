import {
  evalFhirPathTyped,
  fhirpathPatchTypedValue,
  parseFhirPathPatchParameters,
  type TypedValue,
  toTypedValue,
} from '@medplum/core';
import type { ParametersParameter, Resource } from '@medplum/fhirtypes';
import { AppError } from '../../../errors.ts';
import { choiceName, isChoice, partType, valueIn, valueOfPart } from './part-value.ts';
import type { Patch } from './patch.ts';
import { doesNotFit, notAnOperation } from './refusals.ts';

/** What each type of operation needs beside its path. */
const NEEDED: ReadonlyMap<unknown, readonly string[]> = new Map([
  ['add', ['name', 'value']],
  ['insert', ['value', 'index']],
  ['delete', []],
  ['replace', ['value']],
  ['move', ['source', 'destination']],
]);

type Parts = ReadonlyMap<string, ParametersParameter>;

/**
 * A FHIRPath Patch, carried out one operation after the other.
 * @param parameters those of the Parameters resource; nobody has validated them
 * @throws AppError (400) when one of them is no operation, before anything is changed
 * @see https://hl7.org/fhir/R4/fhirpatch.html
 */
export function fhirPathPatch(parameters: unknown): Patch {
  if (!Array.isArray(parameters) || parameters.length === 0) {
    const text = 'A FHIRPath Patch has parameters named "operation", one or more.';
    throw new AppError('invalid', 'patch.no-operation', text, { issues: [{ text, expression: 'Parameters' }] });
  }
  const operations = parameters.map(partsOf);
  return (resource) => {
    for (const [at, parts] of operations.entries()) {
      try {
        apply(resource, parts);
      } catch (thrown) {
        throw doesNotFit(at, thrown, `Parameters.parameter[${at}]`);
      }
    }
  };
}

function partsOf(parameter: unknown, at: number): Parts {
  const refuse = (why: string): AppError => notAnOperation(at, why, `Parameters.parameter[${at}]`);
  const { name, part } = (parameter ?? {}) as { readonly name?: unknown; readonly part?: unknown };
  if (name !== 'operation' || !Array.isArray(part)) throw refuse('it must be named "operation" and have parts');
  if (!part.every(isNamed)) throw refuse('its parts must have names');
  const parts: Parts = new Map(part.map((each) => [each.name, each]));
  const type = parts.get('type')?.valueCode;
  const needed = NEEDED.get(type);
  if (!needed) throw refuse(`its type must be one of ${[...NEEDED.keys()].join(', ')}`);
  if (typeof parts.get('path')?.valueString !== 'string') throw refuse('its path must be a FHIRPath in a valueString');
  const missing = needed.find((each) => !parts.has(each));
  if (missing) throw refuse(`${type} needs a part named "${missing}"`);
  return parts;
}

function isNamed(part: unknown): part is ParametersParameter {
  return typeof (part as Partial<ParametersParameter> | null)?.name === 'string';
}

/** One operation. What a value is depends on where it goes: so the place is looked up first. */
function apply(resource: Resource, parts: Parts): void {
  const whole = toTypedValue(resource);
  const [place, ...others] = evalFhirPathTyped(parts.get('path')?.valueString ?? '', [whole]);
  const added = parts.get('type')?.valueCode === 'add' ? parts.get('name')?.valueString : undefined;
  const said = parts.get('value');
  if (added !== undefined && said && place && others.length === 0 && isChoice(added, place.type)) {
    addChoice(place, choiceName(added, said, place.type), said);
    return;
  }
  const operations = parseFhirPathPatchParameters({
    resourceType: 'Parameters',
    parameter: [{ name: 'operation', part: [...parts.values()] }],
  });
  const type = place && (added === undefined ? place.type : partType(added, place.type));
  const value = said?.part && { type: type ?? '', value: valueOfPart(said.part, type ?? '') };
  fhirpathPatchTypedValue(whole, value ? operations.map((operation) => ({ ...operation, value })) : operations);
}

/** An element with a choice of types is added by its name alone: the value says which type. */
function addChoice({ value }: TypedValue, name: string, said: ParametersParameter): void {
  if (typeof value !== 'object' || value === null) throw new Error('There is nothing here that could have elements.');
  Object.assign(value, { [name]: valueIn(said) });
}
