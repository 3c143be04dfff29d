import type { ElementRules } from '../definitions/definition.ts';
import { fault, remark, type Walk } from '../walk.ts';
import { type Binding, compileBinding, hasCode, isBindable, namesSystem } from './binding.ts';

/** Checks a value against what it is bound to, at the place where the walk is. */
export type BindingCheck = (value: unknown, walk: Walk) => void;

/**
 * Compiles what a binding asks of values of a type. A required one refuses, and so does the largest set beside an
 * extensible one; of an extensible one only `$validate` speaks. That says too what cannot be told here. Beside a preferred
 * one the largest set refuses what names no system of its own, as a code alone does; of a coding of another system, which
 * "preferred" lets stand, only `$validate` speaks.
 * @see https://hl7.org/fhir/R4/terminologies.html#strength
 * @see https://hl7.org/fhir/R4/extension-elementdefinition-maxvalueset.html
 */
export function compileBindingChecks(binding: ElementRules['binding'], type: string): BindingCheck[] {
  if (!binding || !isBindable(type)) return [];
  const { strength, valueSet, max } = binding;
  const checks: BindingCheck[] = [];
  if (valueSet !== undefined && strength === 'required') checks.push(required(valueSet, type));
  if (valueSet !== undefined && strength === 'extensible') checks.push(extensible(valueSet, type));
  if (max !== undefined) checks.push(largest(max, strength, type));
  return checks;
}

function largest(max: string, strength: string, type: string): BindingCheck {
  const isOpen = strength === 'preferred' || strength === 'example';
  if (isOpen && namesSystem(type)) return extensible(max, type);
  const check = required(max, type);
  return (value, walk) => void (hasCode(value) && check(value, walk));
}

function required(valueSet: string, type: string): BindingCheck {
  const binding = late(valueSet, type);
  return (value, walk) => {
    const { isBound, refusal, doubt } = binding();
    const verdict = isBound(value);
    if (verdict === false) fault(walk, 'code-invalid', refusal(value));
    else if (verdict === undefined && walk.withWarnings) remark(walk, 'warning', 'incomplete', doubt());
  };
}

function extensible(valueSet: string, type: string): BindingCheck {
  const binding = late(valueSet, type);
  return (value, walk) => {
    if (!walk.withWarnings || !hasCode(value)) return;
    const { isBound, refusal, doubt } = binding();
    const verdict = isBound(value);
    if (verdict === false) remark(walk, 'warning', 'code-invalid', refusal(value));
    else if (verdict === undefined) remark(walk, 'information', 'incomplete', doubt());
  };
}

/** Value sets are read at the first value that is bound to them. */
function late(valueSet: string, type: string): () => Binding {
  let binding: Binding | undefined;
  return () => {
    binding ??= compileBinding(valueSet, type);
    return binding;
  };
}
