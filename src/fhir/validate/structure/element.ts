import { textOf } from '../../../db/written-numbers.ts';
import { type BindingCheck, compileBindingChecks } from '../bindings/check.ts';
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

const WHOLE = 'Write a whole number here as one: without decimal point and exponent.';
const WHOLE_NUMBERS: ReadonlySet<string> = new Set(['integer', 'positiveInt', 'unsignedInt']);

/** Compiles the check of an element's value or values. */
export function compileValue(element: ElementModel, checkOf: CheckOf): OwnedCheck {
  const isPrimitive = element.model()?.kind === 'primitive';
  const isWhole = WHOLE_NUMBERS.has(element.type.code);
  const check = withRules(element, isPrimitive ? compilePrimitive(element) : compileComplex(element, checkOf));
  const { key, extraKey } = element;
  if (element.rules.isList) return (given, owner, walk) => checkList(element, check, given, owner[extraKey], walk);
  return (given, owner, walk) => {
    if (Array.isArray(given)) fault(walk, 'structure', SINGLE);
    else if (given === null) fault(walk, 'structure', NULL);
    else if (isWhole && textOf(owner, key) !== undefined) fault(walk, 'value', WHOLE);
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
  const invariants = invariantsOf(element);
  const bindings = compileBound(element);
  if (bindings.length === 0 && invariants.length === 0) return check;
  return (value, walk, extra) => {
    const before = walk.faults;
    check(value, walk, extra);
    if (walk.faults > before || walk.isTooDeep) return;
    for (const bound of bindings) bound(value, walk);
    if (invariants.length === 0) return;
    const node: Node = { value, model: element.model(), extra: isObject(extra) ? extra : undefined };
    for (const invariant of invariants) invariant(node, walk);
  };
}

/** The bindings of an element, and of its type: an Age is bound wherever it stands. */
function compileBound(element: ElementModel): BindingCheck[] {
  const { rules, type } = element;
  const ofType = element.model()?.rules;
  return [rules.binding, ofType === rules ? undefined : ofType?.binding].flatMap((each) =>
    compileBindingChecks(each, type.code),
  );
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

/** Beside a value an id alone is enough. */
function checkId(id: unknown, walk: Walk): void {
  const text = formatOf('string')(id);
  if (text !== undefined) fault(walk, 'value', text, 'id');
}

function checkExtra(checkOf: CheckOf): (given: unknown, hasValue: boolean, walk: Walk) => void {
  let check: ReturnType<CheckOf> | undefined;
  return (given, hasValue, walk) => {
    check ??= checkOf(modelOf('Element'), false);
    if (hasValue && isObject(given) && Object.keys(given).join() === 'id') checkId(given.id, walk);
    else check(given, walk);
  };
}
