import type { Found } from '../../search/parameters/compile.ts';
import { type Component, type Composite, kindOf } from '../../search/parameters/composite.ts';
import type { ParameterType } from '../../search/parameters/parameter.ts';
import { datesOf, type IndexedRange, numbersOf } from './ranges.ts';
import { putReference, putToken } from './tokens.ts';

/** One element that a composite parameter is about: what its parts can be found by. */
export interface IndexedGroup {
  readonly param: string;
  /** The forms of parts that are exact, e.g. `1=http://loinc.org|8480-6`, and of the units of others. */
  readonly keys: readonly string[];
  /** What the second and the third part cover, where they are dates, numbers or quantities. */
  readonly second: IndexedRange | undefined;
  readonly third: IndexedRange | undefined;
}

/** The elements of a resource that a composite parameter is about. Pure. */
export function groupsOf(composite: Composite, resource: Found): IndexedGroup[] {
  const { parameter, components } = composite;
  const groups: IndexedGroup[] = [];
  for (const instance of parameter.find(resource)) {
    const parts = components.map((component) => component.find(instance, resource));
    if (parts.every(({ length }) => length > 0)) groups.push(groupOf(composite, parts));
  }
  return groups;
}

function groupOf({ parameter, components }: Composite, parts: readonly (readonly Found[])[]): IndexedGroup {
  const keys = new Set<string>();
  const ranges = components.map((component, at) => {
    const found = parts[at] ?? [];
    putKeys(component, found, (form) => keys.add(groupKey(at + 1, form)));
    const range = rangeOf(component, found);
    for (const unit of range?.units ?? []) keys.add(groupKey(at + 1, unit));
    return range;
  });
  return { param: parameter.code, keys: [...keys], second: ranges[1], third: ranges[2] };
}

/** The form in which a part stands among the keys of its group. @param part counted from 1 */
export function groupKey(part: number, form: string): string {
  return `${part}=${form}`;
}

function putKeys(component: Component, found: readonly Found[], put: (form: string) => void): void {
  for (const each of found) {
    const kind = kindIn(component, each);
    if (kind === 'token') putToken(each, put);
    if (kind === 'reference') putReference(each, put);
  }
}

function rangeOf(component: Component, [found]: readonly Found[]): IndexedRange | undefined {
  if (!found) return undefined;
  const kind = kindIn(component, found);
  if (kind === 'number' || kind === 'quantity') return numbersOf(found)[0];
  return kind === 'date' ? datesOf(found)[0] : undefined;
}

/** Of several kinds, that of the value there is. */
function kindIn({ kinds }: Component, { type }: Found): ParameterType | undefined {
  return kinds.length > 1 ? kindOf(type) : kinds[0];
}
