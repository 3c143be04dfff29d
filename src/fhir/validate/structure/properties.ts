import type { ElementModel, TypeModel } from '../definitions/model.ts';
import { compileExtra, compileValue, type OwnedCheck } from './element.ts';
import type { CheckOf } from './types.ts';

/** One property of an object, as JSON names it. */
export interface Property {
  /** The element's name in FHIRPath. */
  readonly name: string;
  /** The bit of the choice it belongs to; 0 for none. */
  readonly choice: number;
  /** Whether it holds the id and the extensions of a primitive (`_birthDate`). */
  readonly isExtra: boolean;
  /** Whether it is content (1), or only an id (0). */
  readonly counts: 0 | 1;
  readonly check: OwnedCheck;
}

/** Compiles what may stand in an object of a type, by its names in JSON. */
export function compileProperties(model: TypeModel, checkOf: CheckOf): ReadonlyMap<string, Property> {
  const properties = new Map<string, Property>();
  const choices = [...new Set(model.elements.filter(({ isChoice }) => isChoice).map(({ name }) => name))];
  if (model.kind === 'resource') properties.set('resourceType', RESOURCE_TYPE);
  for (const element of model.elements) {
    const { name, key } = element;
    const counts = key === 'id' && model.kind !== 'resource' ? 0 : 1;
    const shared = { name, choice: element.isChoice ? 1 << choices.indexOf(name) : 0, counts } as const;
    const isPrimitive = element.model()?.kind === 'primitive';
    properties.set(key, { ...shared, isExtra: false, check: placed(element, compileValue(element, checkOf)) });
    if (isPrimitive && !element.rules.isAttribute) {
      properties.set(`_${key}`, { ...shared, isExtra: true, check: placed(element, compileExtra(element, checkOf)) });
    }
  }
  return properties;
}

const RESOURCE_TYPE: Property = { name: 'resourceType', choice: 0, isExtra: false, counts: 0, check: () => undefined };

/** The walk is at the element while it is checked. */
function placed({ name, isChoice, type }: ElementModel, check: OwnedCheck): OwnedCheck {
  const step = isChoice ? `${name}.ofType(${type.code})` : name;
  return (given, owner, walk) => {
    walk.path.push(step);
    check(given, owner, walk);
    walk.path.pop();
  };
}
