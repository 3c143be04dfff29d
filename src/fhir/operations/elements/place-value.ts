import { copied } from '../../rest/patch/copied.ts';
import { type ElementModel, modelOf, typeOf } from '../../validate/definitions/model.ts';
import { convertTo } from './convert.ts';

/** An element of a resource that is being made: its JSON, and its FHIR type. */
export interface Target {
  readonly node: Record<string, unknown>;
  readonly type: string;
}

/** What an element of a type may be. */
interface Element {
  /** Its name; without `[x]` where it is a choice of types. */
  readonly name: string;
  readonly isChoice: boolean;
  readonly isArray: boolean;
  readonly types: readonly string[];
}

/**
 * Puts a value at a path below an element, as the type the definitions say, making what is between. A list on the way
 * is entered at its last element, or where the path says (`name[0]`); a list at the end gets one more.
 * @param path names as in FHIRPath, e.g. `name.family`, `performer[0].display`, `value[x]`, `valueQuantity`
 * @returns why it cannot be; undefined when it was done
 * @see https://hl7.org/fhir/R4/elementdefinition.html
 */
export function placeValue(target: Target, path: string, value: unknown): string | undefined {
  const steps = stepsOf(path);
  const last = steps?.pop();
  if (!steps || !last) return `"${path.slice(0, 100)}" is not a path of elements.`;
  let at: Target | undefined = target;
  for (const step of steps) at = at && enter(at, step);
  const element = at && elementOf(at.type, last.name);
  if (!at || !element) return `${target.type} has no element ${path.slice(0, 100)}.`;
  return put(at, element, last.index, value);
}

/** Adds one more element at a path, and returns it; undefined when the type has no such element of elements. */
export function addElement(target: Target, path: string): Target | undefined {
  const steps = stepsOf(path);
  const last = steps?.pop();
  let at: Target | undefined = target;
  for (const step of steps ?? []) at = at && enter(at, step);
  const element = at && last && elementOf(at.type, last.name);
  if (!at || !element?.isArray) return at && last && enter(at, last);
  const list = listAt(at.node, element.name);
  const [type = ''] = element.types;
  if (!isComplex(type)) return undefined;
  const node: Record<string, unknown> = {};
  list.push(node);
  return { node, type };
}

interface Step {
  readonly name: string;
  readonly index: number | undefined;
}

const MOST_ELEMENTS = 1_000;

function stepsOf(path: string): Step[] | undefined {
  const steps = path
    .split('.')
    .map((part) => /^([A-Za-z]{1,64})(?:\[x\])?(?:\[(\d{1,3})\])?(?::[\w-]{1,64})?$/.exec(part));
  if (steps.length > 20 || steps.includes(null)) return undefined;
  return steps.map((step) => ({ name: step?.[1] ?? '', index: step?.[2] === undefined ? undefined : Number(step[2]) }));
}

function enter(target: Target, { name, index }: Step): Target | undefined {
  const element = elementOf(target.type, name);
  const type = element?.isChoice && element.types.length > 1 ? undefined : element?.types[0];
  if (!element || !type || !isComplex(type)) return undefined;
  const key = element.isChoice ? keyOf(element, type) : element.name;
  if (!element.isArray) {
    target.node[key] ??= {};
    return { node: target.node[key] as Record<string, unknown>, type };
  }
  const list = listAt(target.node, key);
  const at = Math.min(index ?? Math.max(list.length - 1, 0), list.length);
  list[at] ??= {};
  return { node: list[at] as Record<string, unknown>, type };
}

function put({ node }: Target, element: Element, index: number | undefined, value: unknown): string | undefined {
  const [type, converted] = fitting(element, value) ?? [];
  if (type === undefined) return `The value does not fit ${element.name}, which is ${listed(element.types)}.`;
  const key = element.isChoice ? keyOf(element, type) : element.name;
  const copy = copied(converted);
  if (!element.isArray) {
    node[key] = copy;
    return undefined;
  }
  const list = listAt(node, key);
  if (list.length >= MOST_ELEMENTS) return `${element.name} would have more than ${MOST_ELEMENTS} elements.`;
  list[Math.min(index ?? list.length, list.length)] = copy;
  return undefined;
}

/** The type of an element that a value fits, and the value as this type: what loses least comes first. */
function fitting({ types }: Element, value: unknown): readonly [string, unknown] | undefined {
  const order = [...PREFERENCE[kindOf(value)], ...types].filter((type) => types.includes(type));
  for (const type of order) {
    const converted = convertTo(value, type);
    if (converted !== undefined) return [type, converted];
  }
  return undefined;
}

type Kind = 'text' | 'moment' | 'time' | 'number' | 'truth' | 'quantity' | 'codes' | 'object';

function kindOf(value: unknown): Kind {
  if (typeof value === 'number') return 'number';
  if (typeof value === 'boolean') return 'truth';
  if (typeof value === 'string') return textKind(value);
  if (typeof value !== 'object' || value === null) return 'object';
  if ('value' in value && typeof value.value === 'number') return 'quantity';
  return 'coding' in value || ('code' in value && 'system' in value) ? 'codes' : 'object';
}

function textKind(value: string): Kind {
  if (/^\d{4}-\d{2}/.test(value)) return 'moment';
  if (/^\d{2}:\d{2}:\d{2}/.test(value)) return 'time';
  return /^-?[\d.]{1,20} '/.test(value) ? 'quantity' : 'text';
}

const PREFERENCE: Readonly<Record<Kind, readonly string[]>> = {
  text: ['string', 'markdown', 'code', 'uri'],
  moment: ['dateTime', 'date', 'instant'],
  time: ['time'],
  number: ['integer', 'decimal', 'Quantity'],
  truth: ['boolean'],
  quantity: ['Quantity', 'Duration', 'Age'],
  codes: ['CodeableConcept', 'Coding', 'code'],
  object: ['Reference', 'Period', 'Range', 'Ratio', 'Timing', 'Attachment', 'Identifier'],
};

/** The element of a type by its name, `value` and `valueQuantity` being `value[x]`; names from outside are only looked up. */
function elementOf(type: string, name: string): Element | undefined {
  const model = modelOf(type);
  const named = model?.byName.get(name) ?? [];
  const one = model?.byKey.get(name);
  const meant: readonly ElementModel[] = named.length > 0 ? named : one ? [one] : [];
  const [first] = meant;
  if (!first) return undefined;
  return { name: first.name, isChoice: first.isChoice, isArray: first.rules.isList, types: meant.map(typeOf) };
}

function keyOf({ name }: Pick<Element, 'name'>, type: string): string {
  return name + type.charAt(0).toUpperCase() + type.slice(1);
}

function isComplex(type: string): boolean {
  return /^[A-Z]/.test(type);
}

function listAt(node: Record<string, unknown>, key: string): unknown[] {
  node[key] ??= [];
  return node[key] as unknown[];
}

function listed(types: readonly string[]): string {
  return types.length > 5 ? `one of ${types.slice(0, 5).join(', ')} …` : types.join(' or ');
}
