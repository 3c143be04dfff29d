import type { Constraint } from '../definitions/definition.ts';
import { compileExpression } from '../fhirpath/compile.ts';
import { type Evaluate, NotCovered, truth } from '../fhirpath/evaluate.ts';
import type { Node } from '../fhirpath/node.ts';
import { fault, remark, type Walk } from '../walk.ts';
import { compileByPackage } from './by-package.ts';
import { surroundings } from './surroundings.ts';

/** Checks a value, and notes what is wrong at the place where the walk is. */
export type Invariant = (node: Node, walk: Walk) => void;

const compiled = new Map<string, Evaluate>();

/**
 * Compiles an invariant to a function. What the compiler here does not know is left to the `fhirpath` package.
 * @see https://hl7.org/fhir/R4/conformance-rules.html#constraints
 */
export function compileInvariant(constraint: Constraint, of: string): Invariant {
  const { key, severity, human, expression } = constraint;
  const text = `${sentence(human)} (Rule ${key} of ${of}.)`;
  let evaluate: Evaluate | undefined;
  return (node, walk) => {
    if (severity === 'warning' && !walk.withWarnings) return;
    evaluate ??= compileOnce(expression);
    if (truth(evaluate([node], surroundings(node, walk))) === true) return;
    if (severity === 'error') fault(walk, 'invariant', text);
    else remark(walk, 'warning', 'invariant', text);
  };
}

/** The expression of an invariant as a closure, one for all the places that have the same. */
export function compileOnce(expression: string): Evaluate {
  const known = compiled.get(expression) ?? compile(expression);
  compiled.set(expression, known);
  return known;
}

function compile(expression: string): Evaluate {
  try {
    return compileExpression(expression);
  } catch (thrown) {
    if (thrown instanceof NotCovered || thrown instanceof SyntaxError) return compileByPackage(expression);
    throw thrown;
  }
}

function sentence(human: string): string {
  const trimmed = human.trim();
  return /[.!?]$/.test(trimmed) ? trimmed : `${trimmed}.`;
}
