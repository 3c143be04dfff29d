import { compileOther, compilePaths, type Find, type Found } from './compile.ts';
import { type Parameter, type ParameterType, parameterAt } from './parameter.ts';
import { type Path, parsePaths } from './path.ts';
import { valuePlaces } from './value-places.ts';

/** One part of a composite parameter. */
export interface Component {
  /** The kinds of value it is compared as: more than one where its element can hold several types. */
  readonly kinds: readonly ParameterType[];
  /** The address of the parameter it is a part like. */
  readonly definition: string;
  /** Its values for one instance of the composite, e.g. one component of an Observation. */
  readonly find: (instance: Found, resource: Found) => Found[];
}

/** A parameter whose parts must be met by the same element. @see https://hl7.org/fhir/R4/search.html#combining */
export interface Composite {
  readonly parameter: Parameter;
  readonly components: readonly Component[];
  /** Whether the element is the resource itself: then each part is a search of its own. */
  readonly isWhole: boolean;
}

/** What a composite parameter of a type is made of. */
export function compositeNamed(resourceType: string, parameter: Parameter): Composite {
  const components = (parameter.definition.component ?? []).map(({ definition, expression }) => ({
    definition,
    kinds: componentKinds(resourceType, parameter, definition, expression),
    find: componentFind(expression),
  }));
  const isWhole = parameter.values.size === 1 && parameter.values.has(resourceType);
  return { parameter, components, isWhole };
}

/**
 * As the parameter it is like. Where that is exact, what its expression finds counts: one published composite names its
 * parameters the wrong way round, and the value of a Group's characteristic is a code, a number or a reference.
 */
function componentKinds(
  resourceType: string,
  { values }: Parameter,
  url: string,
  expression: string,
): readonly ParameterType[] {
  const type = parameterAt(resourceType, url)?.type ?? 'token';
  if (type !== 'token' && type !== 'reference') return [type];
  const [instance = resourceType] = values;
  const found = valuePlaces(instance, parsePaths(expression) ?? []);
  return found.length > 0 ? [...new Set(found.map((place) => kindOf(place.type)))] : [type];
}

/** The kind of value that a part of an exact type is compared as. Pure. */
export function kindOf(type: string): 'token' | 'reference' | 'quantity' {
  if (type === 'Reference') return 'reference';
  return type === 'Quantity' || type === 'Range' ? 'quantity' : 'token';
}

const FROM_RESOURCE = '%resource.';

function componentFind(expression: string): Component['find'] {
  if (expression.startsWith(FROM_RESOURCE)) {
    const find = compiled(expression.slice(FROM_RESOURCE.length));
    return (_instance, resource) => find(resource);
  }
  return compiled(expression);
}

function compiled(expression: string): Find {
  const paths: readonly Path[] | undefined = parsePaths(expression);
  return paths ? compilePaths(paths) : compileOther(expression);
}
