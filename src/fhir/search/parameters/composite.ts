import { compileOther, compilePaths, type Find, type Found } from './compile.ts';
import { type Parameter, type ParameterType, parameterAt } from './parameter.ts';
import { type Path, parsePaths } from './path.ts';
import { valueTypes } from './value-types.ts';

/** One part of a composite parameter. */
export interface Component {
  /** The kind of value it is compared as. */
  readonly type: ParameterType;
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
    type: componentType(resourceType, parameter, definition, expression),
    find: componentFind(expression),
  }));
  const isWhole = parameter.values.size === 1 && parameter.values.has(resourceType);
  return { parameter, components, isWhole };
}

/** As the parameter it is like; but one published composite names them the wrong way round, and its expressions count. */
function componentType(resourceType: string, { values }: Parameter, url: string, expression: string): ParameterType {
  const type = parameterAt(resourceType, url)?.type ?? 'token';
  if (type !== 'token' && type !== 'reference') return type;
  const [instance = resourceType] = values;
  return valueTypes(instance, parsePaths(expression) ?? []).has('Reference') ? 'reference' : 'token';
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
