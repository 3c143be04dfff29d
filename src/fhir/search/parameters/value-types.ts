import { childrenOf } from './compile.ts';
import type { Path, Step } from './path.ts';

/** The FHIR types that the values of an expression can have, by the definitions. Pure. */
export function valueTypes(type: string, paths: readonly Path[]): ReadonlySet<string> {
  return new Set(paths.flatMap(({ steps }) => typesAfter([type], steps)));
}

function typesAfter(types: readonly string[], steps: readonly Step[]): readonly string[] {
  return steps.reduce<readonly string[]>((before, step) => {
    if (step.kind === 'child') {
      return before.flatMap((each) => childrenOf(each, step.name).map(({ type }) => type));
    }
    if (step.kind === 'type') return before.filter((each) => each.toLowerCase() === step.name.toLowerCase());
    return before;
  }, types);
}
