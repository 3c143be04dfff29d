import { childrenOf } from './compile.ts';
import type { Path } from './path.ts';

/**
 * The elements of a resource that an expression looks at, as they stand in JSON; of an extension that it names the URL.
 * @param paths undefined: of an expression of another form, whose elements are those it names behind the type
 */
export function elementsLookedAt(type: string, expression: string, paths: readonly Path[] | undefined): string[] {
  if (paths) return [...new Set(paths.flatMap((path) => firstElement(type, path)))];
  const named = [...expression.matchAll(/\b[A-Z]\w*\.([a-z]\w*)/g)].flatMap(([, name = '']) =>
    propertiesOf(type, name),
  );
  // Nobody knows what it looks at: then at everything.
  return named.length > 0 ? [...new Set(named)] : [UNKNOWN];
}

/** No element is called so: it is never among those that are shown. */
const UNKNOWN = '?';

function firstElement(type: string, { steps }: Path): readonly string[] {
  const [first, second] = steps;
  if (first?.kind !== 'child') return [UNKNOWN];
  if (first.name === 'extension' && second?.kind === 'where' && second.name === 'url') return [second.value];
  return propertiesOf(type, first.name);
}

function propertiesOf(type: string, name: string): readonly string[] {
  const properties = childrenOf(type, name).map(({ property }) => property);
  return properties.length > 0 ? properties : [UNKNOWN];
}
