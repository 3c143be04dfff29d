import { isConcreteResource } from '../definitions/known.ts';
import { modelOf, type TypeModel } from '../definitions/model.ts';
import type { Invariant } from '../invariants/invariant.ts';
import { invariantsOfType } from '../invariants/of-element.ts';
import { checkClaimed } from '../profiles/claimed.ts';
import { fault, isObject, type JsonObject, type Walk } from '../walk.ts';
import { checkContainer, referenceToContained } from './contained.ts';
import { compileObject } from './object.ts';
import type { Check } from './types.ts';

const checks = new Map<TypeModel, Check>();

/** The check of a type, compiled at the first question. */
export function checkOf(model: TypeModel | undefined, isContained: boolean): Check {
  if (!model) return isContained ? checkContained : checkResource;
  const known = checks.get(model) ?? compile(model);
  checks.set(model, known);
  return known;
}

function compile(model: TypeModel): Check {
  const object = compileObject(model, [...invariantsOfType(model), ...builtIn(model)], checkOf);
  if (model.kind !== 'resource') return object;
  return (value, walk) => {
    object(value, walk);
    if (!isObject(value) || walk.isTooDeep) return;
    if (value.contained !== undefined) checkContainer(value, walk);
    if (value.meta !== undefined) checkClaimed(value, walk);
  };
}

function builtIn({ name }: TypeModel): Invariant[] {
  if (name === 'Extension') return [valueOrExtensions];
  return name === 'Reference' ? [referenceToContained] : [];
}

const EXTENSION = 'An extension has either a value or extensions within it. Give one of both. (Rule ext-1.)';

const valueOrExtensions: Invariant = ({ value }, walk) => {
  let values = 0;
  let extensions = 0;
  for (const key in value as object) {
    if (key === 'extension') extensions = 1;
    else if (key.startsWith('value') || key.startsWith('_value')) values = 1;
  }
  if (values === extensions) fault(walk, 'invariant', EXTENSION);
};

const RESOURCE = 'A resource stands here. Set its resourceType to an R4 type, e.g. "Patient".';

/** Checks a resource that stands in another one by its own rules; it is `%resource` and `%rootResource` meanwhile. */
const checkResource: Check = (value, walk) => checkWithin(value, walk, undefined);

/** Likewise, but `%rootResource` is still the one that contains it. */
const checkContained: Check = (value, walk) => checkWithin(value, walk, walk.root);

function checkWithin(value: unknown, walk: Walk, container: JsonObject | undefined): void {
  const type = isObject(value) ? value.resourceType : undefined;
  if (!isObject(value) || typeof type !== 'string' || !isConcreteResource(type)) {
    fault(walk, 'structure', RESOURCE);
    return;
  }
  const { resource, root } = walk;
  walk.resource = value;
  walk.root = container ?? value;
  checkOf(modelOf(type), false)(value, walk);
  walk.resource = resource;
  walk.root = root;
}
