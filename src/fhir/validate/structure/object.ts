import type { TypeModel } from '../definitions/model.ts';
import type { Invariant } from '../invariants/invariant.ts';
import { fault, isObject, type JsonObject, MOST_DEPTH, type Walk } from '../walk.ts';
import { nameMeant } from './name-meant.ts';
import { compileProperties, type Property } from './properties.ts';
import type { Check, CheckOf } from './types.ts';

/** An element that must be there: its names in JSON, of which one is enough. */
interface Required {
  readonly name: string;
  readonly keys: readonly string[];
}

interface Shape {
  readonly model: TypeModel;
  readonly properties: ReadonlyMap<string, Property>;
  readonly required: readonly Required[];
  readonly invariants: readonly Invariant[];
}

/**
 * Compiles the rules of a type: which properties its objects have and must have, what stands in them, and its
 * invariants.
 */
export function compileObject(model: TypeModel, invariants: readonly Invariant[], checkOf: CheckOf): Check {
  const shape = { model, properties: compileProperties(model, checkOf), required: requiredOf(model), invariants };
  return (value, walk) => {
    if (!isObject(value)) {
      fault(
        walk,
        'structure',
        `Write an object ({…}) with the elements of ${model.name} here${exampleOf(model.name)}.`,
      );
    } else if (walk.depth >= MOST_DEPTH) {
      walk.isTooDeep = true;
      fault(walk, 'too-costly', `This is nested deeper than ${MOST_DEPTH} levels. Nest less.`);
    } else {
      walk.depth += 1;
      checkObject(value, walk, shape);
      walk.depth -= 1;
    }
  };
}

/** The types most often written as a text. */
const EXAMPLES: ReadonlyMap<string, string> = new Map([
  ['Reference', '{"reference": "Patient/1"}'],
  ['CodeableConcept', '{"coding": [{"system": "http://loinc.org", "code": "8302-2"}]}'],
  ['Coding', '{"system": "http://loinc.org", "code": "8302-2"}'],
  ['HumanName', '{"family": "Doe", "given": ["Jane"]}'],
  ['Identifier', '{"system": "https://example.org/ids", "value": "1"}'],
  ['Quantity', '{"value": 1, "system": "http://unitsofmeasure.org", "code": "kg"}'],
  ['Period', '{"start": "2026-03-02"}'],
  ['Annotation', '{"text": "…"}'],
]);

function exampleOf(type: string): string {
  const example = EXAMPLES.get(type);
  return example === undefined ? '' : `, e.g. ${example}`;
}

function checkObject(value: JsonObject, walk: Walk, { model, properties, required, invariants }: Shape): void {
  const present = checkProperties(value, walk, properties, model);
  if (present === 0 && model.kind === 'complex') {
    fault(walk, 'invariant', 'Nothing is said here. Give a value or an element, or leave this out. (Rule ele-1.)');
    return;
  }
  for (const { name, keys } of required) {
    if (!keys.some((key) => value[key] !== undefined)) fault(walk, 'required', `${name} is required. Add it.`, name);
  }
  if (invariants.length === 0 || walk.isTooDeep) return;
  const node = { value, model, extra: undefined };
  for (const invariant of invariants) invariant(node, walk);
}

/** @returns how many properties the object has, besides `id` and `resourceType` */
function checkProperties(
  value: JsonObject,
  walk: Walk,
  properties: ReadonlyMap<string, Property>,
  model: TypeModel,
): number {
  let present = 0;
  let choices = 0;
  for (const key in value) {
    const given = value[key];
    if (given === undefined) continue;
    const property = properties.get(key);
    if (property === undefined) {
      unknownProperty(key, model, walk);
      continue;
    }
    present += property.counts;
    const choice = property.isExtra && value[key.slice(1)] !== undefined ? 0 : property.choice;
    if ((choices & choice) !== 0) {
      fault(walk, 'structure', `Only one of ${property.name}[x] may be given. Leave the others out.`, property.name);
      continue;
    }
    choices |= choice;
    property.check(given, value, walk);
  }
  return present;
}

const NAME = /^\w{1,64}$/;

function unknownProperty(key: string, model: TypeModel, walk: Walk): void {
  const isName = NAME.test(key);
  const meant = isName ? nameMeant(key, model) : undefined;
  const advice = meant ?? 'Leave it out, or correct its name.';
  fault(walk, 'structure', `There is no such element in R4. ${advice}`, isName ? key : undefined);
}

function requiredOf({ elements }: TypeModel): Required[] {
  const required = elements.filter(({ rules }) => rules.min > 0);
  return [...Map.groupBy(required, ({ name }) => name)].map(([name, choices]) => ({
    name,
    keys: choices.flatMap(({ key }) => [key, `_${key}`]),
  }));
}
