import type { ElementDefinition, Resource, SearchParameter, StructureDefinition } from '@medplum/fhirtypes';
import { childrenOf, definitions } from './definitions.ts';
import { baseOf, isList, makeResource, namedValue, type Surroundings } from './make-resource.ts';
import { pathOf } from './parameter-path.ts';
import { codesFor } from './sample-values.ts';

/** A resource that a search finds by a parameter's value, and a value by which it does not. */
export interface SearchExample {
  readonly resource: Resource;
  readonly finds: string;
  readonly misses: string;
}

/** What an element holds, and how it is searched for. */
interface Leaf {
  readonly value: unknown;
  readonly finds: string;
  readonly misses: string;
}

type Value = Record<string, unknown>;

/**
 * Makes a resource that has what a parameter searches for.
 * @param aim the type a reference is to lead to, where it may lead to several
 * @returns undefined when that cannot be told from the parameter's definition
 */
export function searchExample(
  type: string,
  name: string,
  around: Surroundings,
  aim?: string,
): SearchExample | undefined {
  const param = definitions().searchParameter(type, name);
  const structure = definitions().structure(baseOf(type));
  if (!param || !structure) return undefined;
  const resource = makeResource(baseOf(type), around);
  const leaf =
    param.type === 'composite'
      ? putComposite(structure, resource, param, around)
      : putAt(structure, resource, param, type, around, aim);
  return leaf ? { resource, finds: leaf.finds, misses: leaf.misses } : undefined;
}

function putAt(
  structure: StructureDefinition,
  resource: Resource,
  param: SearchParameter,
  type: string,
  around: Surroundings,
  aim?: string,
): Leaf | undefined {
  const found = pathOf(param, type);
  if (!found) return undefined;
  const target = aim ?? found.target;
  return put(structure, resource as unknown as Value, type, found.path, (element) => {
    const refers = param.type === 'reference' && element.type?.some(({ code }) => code === 'Reference');
    return leafOf(structure, element, { chosen: refers ? 'Reference' : found.chosen, target, around });
  });
}

/** The parts of a composite stand in one element, or in the resource itself. */
function putComposite(
  structure: StructureDefinition,
  resource: Resource,
  param: SearchParameter,
  around: Surroundings,
): Leaf | undefined {
  const base = (param.expression ?? '').split('|')[0]?.trim() ?? '';
  const parts = (param.component ?? []).map(({ expression }) => {
    const whole = `${base}.${(expression ?? '')
      .split('|')[0]
      ?.trim()
      .replace(/^\$this\./, '')}`;
    return putAt(structure, resource, { expression: whole } as SearchParameter, structure.type ?? '', around);
  });
  if (parts.length < 2 || parts.includes(undefined)) return undefined;
  const join = (values: (string | undefined)[]): string => values.join('$');
  const [first, ...rest] = parts as [Leaf, ...Leaf[]];
  const finds = join([first.finds, ...rest.map((part) => part.finds)]);
  return { value: undefined, finds, misses: join([first.finds, ...rest.map((part) => part.misses)]) };
}

/** Sets the element at a path, making what stands above it. */
function put(
  structure: StructureDefinition,
  into: Value,
  id: string,
  [name = '', ...rest]: readonly string[],
  leaf: (element: ElementDefinition) => Leaf & { readonly name: string },
): Leaf | undefined {
  const element = childrenOf(structure, id).find((each) => {
    const last = each.path?.split('.').at(-1);
    return !each.sliceName && (last === name || last === `${name}[x]`);
  });
  if (!element?.id) return undefined;
  if (rest.length === 0) {
    const made = leaf(element);
    // Of a choice there is one.
    if (element.path?.endsWith('[x]'))
      for (const other of Object.keys(into)) if (new RegExp(`^${name}[A-Z]`).test(other)) delete into[other];
    into[made.name] = isList(element) ? [made.value] : made.value;
    return made;
  }
  const there = [into[name]].flat()[0] as Value | undefined;
  const next = there ?? (namedValue(structure, element, { reference: () => '' })[1] as Value) ?? {};
  into[name] = isList(element) ? [next] : next;
  // The elements of a data type are described where the type is.
  const [code = ''] = element.type?.map((each) => each.code ?? '') ?? [];
  const described = code === 'BackboneElement' ? structure : definitions().structure(baseOf(code));
  return described ? put(described, next, described === structure ? element.id : code, rest, leaf) : undefined;
}

interface Choice {
  readonly chosen: string | undefined;
  readonly target: string | undefined;
  readonly around: Surroundings;
}

const UNIQUE = 'https://conformance.example/unique';

function leafOf(
  structure: StructureDefinition,
  element: ElementDefinition,
  { chosen, target, around }: Choice,
): Leaf & { readonly name: string } {
  const code = chosen ?? element.type?.[0]?.code ?? '';
  const [name, sample] = namedValue(
    structure,
    element,
    { reference: (type) => around.reference(target ?? type) },
    code,
  );
  return { name, ...bySearch(code, sample, element) };
}

/** How a value of a data type is found, and by what it is not. */
function bySearch(code: string, value: unknown, element: ElementDefinition): Leaf {
  const [, other] = codesFor(element);
  const token = ({ system, code: of }: { system: string; code: string }): string => `${system}|${of}`;
  switch (code) {
    case 'code':
      return { value, finds: String(value), misses: other.code };
    case 'Coding':
      return { value, finds: token(value as never), misses: token(other) };
    case 'CodeableConcept':
      return { value, finds: token((value as { coding: [never] }).coding[0]), misses: token(other) };
    case 'Identifier':
      return { value: { system: UNIQUE, value: 'one' }, finds: `${UNIQUE}|one`, misses: `${UNIQUE}|another` };
    case 'Reference': {
      const { reference } = value as { reference: string };
      return { value, finds: reference, misses: `${reference.split('/')[0]}/nobody` };
    }
    case 'boolean':
      return { value: true, finds: 'true', misses: 'false' };
    case 'date':
    case 'dateTime':
    case 'instant':
    case 'Period':
    case 'Timing':
      return { value, finds: '2021-03-04', misses: '2019-01-01' };
    default:
      return plain(code, value);
  }
}

function plain(code: string, value: unknown): Leaf {
  if (/^(uri|url|canonical)$/.test(code)) return { value: UNIQUE, finds: UNIQUE, misses: `${UNIQUE}/other` };
  if (code === 'HumanName') return { value, finds: 'Example', misses: 'Nobody' };
  return { value: 'Conformance', finds: 'Conformance', misses: 'Nothing' };
}
