import type { SearchParameter } from '@medplum/fhirtypes';

/** Where a search parameter looks in resources of one type. */
export interface ParameterPath {
  /** Elements below the resource, e.g. `['performer', 'actor']`. */
  readonly path: readonly string[];
  /** The data type chosen where there is a choice. */
  readonly chosen?: string | undefined;
  /** The type of resource a reference must lead to. */
  readonly target?: string | undefined;
}

/**
 * Reads the expression of a search parameter as far as published ones of single elements go. Pure.
 * @returns the first place it looks at in a type; undefined when it is of another form
 */
export function pathOf(
  { expression = '' }: Pick<SearchParameter, 'expression'>,
  type: string,
): ParameterPath | undefined {
  const alternatives = expression.split('|').map((each) => each.trim().replace(/^\((.*)\)$/, '$1'));
  return alternatives.flatMap((each) => readPath(each, type) ?? [])[0];
}

const PATH = /^([A-Z]\w*)\.([\w.]+?)(?:\.ofType\((\w+)\)|\.as\((\w+)\)| as (\w+)|\.where\(resolve\(\) is (\w+)\))?$/;

function readPath(expression: string, type: string): ParameterPath | undefined {
  const [, of, path, ofType, asCall, asWord, target] = PATH.exec(expression) ?? [];
  if (of !== type || !path) return undefined;
  return { path: path.split('.'), chosen: ofType ?? asCall ?? asWord, target };
}
