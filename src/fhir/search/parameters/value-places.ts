import type { ElementRules } from '../../validate/definitions/definition.ts';
import { childrenOf } from './compile.ts';
import type { Path, Step } from './path.ts';

/** Where a value can stand: its FHIR type, and the element, where it is not the resource itself. */
export interface ValuePlace {
  readonly type: string;
  readonly rules: ElementRules | undefined;
}

/** Where the values of an expression can stand, by the definitions. Pure. */
export function valuePlaces(type: string, paths: readonly Path[]): readonly ValuePlace[] {
  return paths.flatMap(({ steps }) => placesAfter({ type, rules: undefined }, steps));
}

function placesAfter(start: ValuePlace, steps: readonly Step[]): readonly ValuePlace[] {
  return steps.reduce<readonly ValuePlace[]>(
    (before, step) => {
      if (step.kind === 'child') return before.flatMap((each) => within(each.type, step.name));
      if (step.kind === 'type') return before.filter(({ type }) => type.toLowerCase() === step.name.toLowerCase());
      return before;
    },
    [start],
  );
}

function within(type: string, name: string): ValuePlace[] {
  return childrenOf(type, name).map((child) => ({ type: child.type, rules: child.element.rules }));
}
