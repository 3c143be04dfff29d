import { compare, equals } from './compare.ts';
import { bool, type Evaluate, NotCovered, numberOf, numeric, text, textOf, truth } from './evaluate.ts';
import type { Node, Nodes } from './node.ts';
import { distinct, includes } from './sets.ts';

/** The closure of an operator between two expressions. @see http://hl7.org/fhirpath/N1/#operations */
export function compileOperation(sign: string, left: Evaluate, right: Evaluate): Evaluate {
  if (Object.hasOwn(LOGIC, sign)) return logic(LOGIC[sign] as Logic, left, right);
  if (!Object.hasOwn(OPERATORS, sign)) throw new NotCovered(sign);
  const operator = OPERATORS[sign] as Operator;
  return (context, around) => operator(left(context, around), right(context, around));
}

type Operator = (left: Nodes, right: Nodes) => Nodes;
type Truth = boolean | undefined;
type Logic = (left: Truth, right: () => Truth) => Truth;

/** Three-valued; the right side is looked at only when the left one does not decide. */
const LOGIC: Readonly<Record<string, Logic>> = {
  and: (left, right) => (left === false ? false : both(left, right())),
  or: (left, right) => (left === true ? true : either(left, right())),
  implies: (left, right) => (left === false ? true : either(left === undefined ? undefined : !left, right())),
  xor: (left, right) => {
    const other = right();
    return left === undefined || other === undefined ? undefined : left !== other;
  },
};

function logic(decide: Logic, left: Evaluate, right: Evaluate): Evaluate {
  return (context, around) => bool(decide(truth(left(context, around)), () => truth(right(context, around))));
}

function both(left: Truth, right: Truth): Truth {
  if (right === false) return false;
  return left === undefined || right === undefined ? undefined : left && right;
}

function either(left: Truth, right: Truth): Truth {
  if (right === true) return true;
  return left === undefined || right === undefined ? undefined : left || right;
}

const OPERATORS: Readonly<Record<string, Operator>> = {
  '=': (left, right) => bool(same(left, right)),
  '!=': (left, right) => bool(not(same(left, right))),
  '~': (left, right) => bool(alike(left, right)),
  '!~': (left, right) => bool(!alike(left, right)),
  '<': ordered((order) => order < 0),
  '<=': ordered((order) => order <= 0),
  '>': ordered((order) => order > 0),
  '>=': ordered((order) => order >= 0),
  '|': (left, right) => distinct([...left, ...right]),
  in: (left, right) => bool(left.length === 0 ? undefined : includes(right, left[0] as Node)),
  contains: (left, right) => bool(right.length === 0 ? undefined : includes(left, right[0] as Node)),
  '&': (left, right) => text((textOf(left) ?? '') + (textOf(right) ?? '')),
  '+': (left, right) => {
    const [one, other] = [textOf(left), textOf(right)];
    return one !== undefined && other !== undefined ? text(one + other) : sum(left, right);
  },
  '-': arithmetic((one, other) => one - other),
  '*': arithmetic((one, other) => one * other),
  '/': arithmetic((one, other) => one / other),
  div: arithmetic((one, other) => Math.trunc(one / other)),
  mod: arithmetic((one, other) => one % other),
};

function not(value: Truth): Truth {
  return value === undefined ? undefined : !value;
}

function same(left: Nodes, right: Nodes): Truth {
  if (left.length === 0 || right.length === 0) return undefined;
  return left.length === right.length && left.every((node, at) => equals(node, right[at] as Node));
}

function alike(left: Nodes, right: Nodes): boolean {
  return left.length === right.length && left.every((node) => includes(right, node));
}

/**
 * Where nobody can tell the order (a day and a time of it, other units), the comparison holds: an invariant refuses
 * what is wrong, not what is vague.
 */
function ordered(holds: (order: number) => boolean): Operator {
  return (left, right) => {
    if (left.length !== 1 || right.length !== 1) return bool(undefined);
    const order = compare(left[0] as Node, right[0] as Node);
    return bool(order === undefined || holds(order));
  };
}

const sum = arithmetic((one, other) => one + other);

function arithmetic(compute: (left: number, right: number) => number): Operator {
  return (left, right) => {
    const [one, other] = [numberOf(left), numberOf(right)];
    return numeric(one === undefined || other === undefined ? undefined : compute(one, other));
  };
}
