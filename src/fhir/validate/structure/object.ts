import type { TypeModel } from '../definitions/model.ts';
import type { Invariant } from '../invariants/invariant.ts';
import { fault, isObject, type JsonObject, MOST_DEPTH, type Walk } from '../walk.ts';
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
      fault(walk, 'structure', `Write an object ({…}) with the elements of ${model.name} here.`);
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

function checkObject(value: JsonObject, walk: Walk, { model, properties, required, invariants }: Shape): void {
  const present = checkProperties(value, walk, properties);
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
function checkProperties(value: JsonObject, walk: Walk, properties: ReadonlyMap<string, Property>): number {
  let present = 0;
  let choices = 0;
  for (const key in value) {
    const given = value[key];
    if (given === undefined) continue;
    const property = properties.get(key);
    if (property === undefined) {
      unknownProperty(key, walk);
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

function unknownProperty(key: string, walk: Walk): void {
  const text = 'There is no such element in R4. Leave it out, or correct its name.';
  fault(walk, 'structure', text, NAME.test(key) ? key : undefined);
}

function requiredOf({ elements }: TypeModel): Required[] {
  const required = elements.filter(({ rules }) => rules.min > 0);
  return [...Map.groupBy(required, ({ name }) => name)].map(([name, choices]) => ({
    name,
    keys: choices.flatMap(({ key }) => [key, `_${key}`]),
  }));
}
