import { type Composite, compositeNamed } from './composite.ts';
import { type Parameter, parametersOf } from './parameter.ts';

/** What is evaluated when a resource of a type is written. */
export interface IndexedParameters {
  readonly parameters: readonly Parameter[];
  readonly composites: readonly Composite[];
}

const known = new Map<string, IndexedParameters>();

/** The parameters of a type whose values stand in the index under their own names. */
export function indexedParametersOf(type: string): IndexedParameters {
  let indexed = known.get(type);
  if (!indexed) {
    const all = [...parametersOf(type).values()];
    const composites = all
      .filter((each) => each.type === 'composite' && isOwnKey(each))
      .map((each) => compositeNamed(type, each));
    indexed = { parameters: all.filter(isIndexed), composites: composites.filter(({ isWhole }) => !isWhole) };
    known.set(type, indexed);
  }
  return indexed;
}

function isIndexed(parameter: Parameter): boolean {
  return parameter.type !== 'composite' && parameter.type !== 'special' && isOwnKey(parameter);
}

function isOwnKey({ code, keys }: Parameter): boolean {
  return keys.length === 1 && keys[0] === code;
}
