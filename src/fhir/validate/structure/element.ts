import { compileBinding, unbound } from '../bindings.ts';
import { type ElementModel, modelOf } from '../definitions/model.ts';
import type { Node } from '../fhirpath/node.ts';
import { invariantsOf } from '../invariants/of-element.ts';
import { fault, isObject, type JsonObject, type Walk } from '../walk.ts';
import { formatOf } from './formats.ts';
import { compileTargets } from './targets.ts';
import type { CheckOf } from './types.ts';

/** Checks a property of an object at the place where the walk is. */
export type OwnedCheck = (given: unknown, owner: JsonObject, walk: Walk) => void;

/** Checks one value; `extra` is what stands in `_name` beside a primitive. */
type ValueCheck = (value: unknown, walk: Walk, extra: unknown) => void;

const NULL = 'null says nothing in FHIR. Give a value, or leave the element out.';
const SINGLE = 'Only one value may stand here. Write it without a list.';
const LIST = 'This element may repeat. Write a list ([…]), even for one value.';
const EMPTY = 'A list may not be empty. Give a value, or leave the element out.';
const UNEQUAL = 'The lists of values and of their extensions are of different lengths. Fill the gaps with null.';

/** Compiles the check of an element's value or values. */
export function compileValue(element: ElementModel, checkOf: CheckOf): OwnedCheck {
  const isPrimitive = element.model()?.kind === 'primitive';
  const check = withRules(element, isPrimitive ? compilePrimitive(element) : compileComplex(element, checkOf));
  const extraKey = `_${element.key}`;
  if (element.rules.isList) return (given, owner, walk) => checkList(element, check, given, owner[extraKey], walk);
  return (given, owner, walk) => {
    if (Array.isArray(given)) fault(walk, 'structure', SINGLE);
    else if (given === null) fault(walk, 'structure', NULL);
    else check(given, walk, owner[extraKey]);
  };
}

function checkList({ rules }: ElementModel, check: ValueCheck, given: unknown, extra: unknown, walk: Walk): void {
  if (!Array.isArray(given)) {
    fault(walk, 'structure', LIST);
    return;
  }
  if (given.length === 0) {
    fault(walk, 'structure', EMPTY);
    return;
  }
  if (given.length > rules.max) fault(walk, 'structure', `At most ${rules.max} may be given. Leave the others out.`);
  const extras: readonly unknown[] = Array.isArray(extra) ? extra : [];
  for (let at = 0; at < given.length; at++) {
    walk.path.push(at);
    const value: unknown = given[at];
    if (value !== null && value !== undefined) check(value, walk, extras[at]);
    else if (!isObject(extras[at])) fault(walk, 'structure', NULL);
    walk.path.pop();
  }
}

function compilePrimitive({ type }: ElementModel): ValueCheck {
  const format = formatOf(type.code);
  return (value, walk) => {
    const text = format(value);
    if (text !== undefined) fault(walk, 'value', text);
  };
}

function compileComplex(element: ElementModel, checkOf: CheckOf): ValueCheck {
  const targets = compileTargets(element.type);
  let check: ReturnType<CheckOf> | undefined;
  return (value, walk) => {
    check ??= checkOf(element.type.code === 'Resource' ? undefined : element.model(), element.name === 'contained');
    check(value, walk);
    targets?.(value, walk);
  };
}

/** What an element asks for beyond its type: a required binding, and invariants. */
function withRules(element: ElementModel, check: ValueCheck): ValueCheck {
  const { binding } = element.rules;
  const invariants = invariantsOf(element);
  const isBound = binding?.strength === 'required' ? compileBinding(binding.valueSet, element.type) : undefined;
  if (!isBound && invariants.length === 0) return check;
  return (value, walk, extra) => {
    const before = walk.faults;
    check(value, walk, extra);
    if (walk.faults > before) return;
    if (isBound && !isBound(value)) fault(walk, 'code-invalid', unbound(value, binding?.valueSet ?? ''));
    if (invariants.length === 0) return;
    const node: Node = { value, model: element.model(), extra: isObject(extra) ? extra : undefined };
    for (const invariant of invariants) invariant(node, walk);
  };
}

/** Compiles the check of the ids and extensions of a primitive, which JSON holds in `_name`. */
export function compileExtra(element: ElementModel, checkOf: CheckOf): OwnedCheck {
  const check = checkExtra(checkOf);
  const { key, rules } = element;
  if (!rules.isList) return (given, owner, walk) => check(given, owner[key] !== undefined, walk);
  return (given, owner, walk) => {
    if (!Array.isArray(given)) {
      fault(walk, 'structure', LIST);
      return;
    }
    const values = owner[key];
    if (given.length === 0) {
      fault(walk, 'structure', EMPTY);
      return;
    }
    if (Array.isArray(values) && values.length !== given.length) fault(walk, 'structure', UNEQUAL);
    given.forEach((each: unknown, at) => {
      walk.path.push(at);
      const hasValue = Array.isArray(values) && values[at] !== undefined && values[at] !== null;
      if (each !== null) check(each, hasValue, walk);
      else if (!Array.isArray(values)) fault(walk, 'structure', NULL);
      walk.path.pop();
    });
  };
}

function checkExtra(checkOf: CheckOf): (given: unknown, hasValue: boolean, walk: Walk) => void {
  let check: ReturnType<CheckOf> | undefined;
  return (given, hasValue, walk) => {
    check ??= checkOf(modelOf('Element'), false);
    const onlyId = isObject(given) && Object.keys(given).join() === 'id';
    if (!(hasValue && onlyId)) check(given, walk);
  };
}
