import type { Constraint } from '../definitions/definition.ts';
import { definitionAt, isBaseConstraint } from '../definitions/known.ts';
import type { ElementModel, TypeModel } from '../definitions/model.ts';
import { compileInvariant, type Invariant } from './invariant.ts';

/** Rules that the structure checks keep, without FHIRPath: they concern every element. */
const BUILT_IN = new Set(['ele-1', 'ext-1', 'dom-2', 'dom-3', 'dom-4', 'dom-5', 'ref-1', 'txt-2']);

/** The invariants of a type. */
export function invariantsOfType({ name, rules }: TypeModel): Invariant[] {
  return (rules?.constraints ?? []).filter(({ key }) => !BUILT_IN.has(key)).map((each) => compileInvariant(each, name));
}

/** The invariants of an element that its type does not have; those of the profile of its type (SimpleQuantity) too. */
export function invariantsOf(element: ElementModel): Invariant[] {
  const { rules, type } = element;
  const model = element.model();
  if (rules === model?.rules) return [];
  const ofType = new Set(model?.rules?.constraints.map(({ key }) => key));
  const ofProfiles = type.profiles.flatMap((url) => definitionAt(url)?.elements[0]?.constraints ?? []);
  const own = distinctByKey([...rules.constraints, ...ofProfiles]).filter(
    ({ key }) => !BUILT_IN.has(key) && !ofType.has(key),
  );
  return own.map((each) => compileInvariant(each, rules.path));
}

function distinctByKey(constraints: readonly Constraint[]): Constraint[] {
  return [...new Map(constraints.map((each) => [each.key, each])).values()];
}

/** Whether an invariant of a profile is kept anyway: by the structure, or because the type has it. */
export function isInherited(constraint: Constraint): boolean {
  return BUILT_IN.has(constraint.key) || isBaseConstraint(constraint);
}
