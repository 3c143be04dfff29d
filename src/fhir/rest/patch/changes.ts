import type { ParametersParameter } from '@medplum/fhirtypes';
import type { ElementModel, TypeModel } from '../../validate/definitions/model.ts';
import type { Node, Nodes } from '../../validate/fhirpath/node.ts';
import { isObject } from '../../validate/walk.ts';
import { Misfit } from './misfit.ts';
import { capital, elementFor, notOfType, typeIn, valueIn } from './part-value.ts';
import { partsOf } from './path-names.ts';
import { type Held, heldIn, hold, type Json, type Slot, slotOf } from './slot.ts';

/** Gives what a path leads to another element, or a list of it one more member. @throws Misfit */
export function add(nodes: Nodes, name: string, part: ParametersParameter): void {
  const node = only(nodes);
  const model = node.model && partsOf(node.model);
  const element = elementFor(name, part, model);
  const value = valueIn(part, element.model());
  const slot = slotOf(ownerIn(node), element);
  if (!slot.isList && isThere(slot.owner, element, model))
    throw new Misfit('That element is there already. Use replace.');
  hold(slot, [...heldIn(slot), value]);
}

/** One of several types at a time. */
function isThere(owner: Json, { name }: ElementModel, model: TypeModel | undefined): boolean {
  const elements = model?.byName.get(name) ?? [];
  return elements.some(({ key, extraKey }) => owner[key] !== undefined || owner[extraKey] !== undefined);
}

/** Puts a member into a list. @throws Misfit */
export function insert(nodes: Nodes, index: number, part: ParametersParameter): void {
  const { slot, element } = listOf(nodes);
  const held = heldIn(slot);
  requirePlace('index', index, held.length);
  hold(slot, held.toSpliced(index, 0, valueIn(part, element.model())));
}

/** Takes an element away; what is not there is away already. @throws Misfit */
export function remove(nodes: Nodes): void {
  if (nodes.length === 0) return;
  const { slot, at } = placeOf(only(nodes));
  hold(slot, heldIn(slot).toSpliced(at, 1));
}

/** Puts another value in the place of an element; where it has a choice of types, of another type too. @throws Misfit */
export function replace(nodes: Nodes, part: ParametersParameter): void {
  const { slot, at, element } = placeOf(only(nodes));
  const value = valueIn(part, element.model());
  if (!element.isChoice) {
    hold(slot, heldIn(slot).with(at, value));
    return;
  }
  const types = element.rules.types.map(({ code }) => code);
  const type = typeIn(part);
  if (type === undefined || !types.some((code) => capital(code) === type)) throw notOfType(element.name, types);
  hold(slot, []);
  const key = element.name + type;
  hold({ ...slot, key, extraKey: `_${key}` }, [value]);
}

/** Moves a member of a list. @throws Misfit */
export function move(nodes: Nodes, source: number, destination: number): void {
  const { slot } = listOf(nodes);
  const held = heldIn(slot);
  requirePlace('source', source, held.length - 1);
  requirePlace('destination', destination, held.length - 1);
  const moved = held[source] as Held;
  hold(slot, held.toSpliced(source, 1).toSpliced(destination, 0, moved));
}

function only(nodes: Nodes): Node {
  const [node, ...others] = nodes;
  if (!node) throw new Misfit('Nothing stands there. Name what is there, or add it to what it belongs to.');
  if (others.length === 0) return node;
  throw new Misfit(`${nodes.length} elements stand there. Name one of them, e.g. by [0].`);
}

interface Located {
  readonly slot: Slot;
  /** Its place among the values of the slot. */
  readonly at: number;
  readonly element: ElementModel;
}

function placeOf({ owner, element, at = 0 }: Node): Located {
  if (owner && element) return { slot: slotOf(owner, element), at, element };
  throw new Misfit('This is the whole resource, or nothing of it. Name an element within it.');
}

function listOf(nodes: Nodes): Located {
  const [first] = nodes;
  if (!first) throw new Misfit('There is no list there yet. Add its first member to what it belongs to.');
  const place = placeOf(first);
  const isWhole = nodes.every(({ owner, element }) => owner === first.owner && element === first.element);
  if (place.slot.isList && isWhole && nodes.length === heldIn(place.slot).length) return place;
  throw new Misfit('This is not one whole list. Name it without saying which of its members.');
}

function requirePlace(name: string, place: number, last: number): void {
  if (place < 0 || place > last) throw new Misfit(`Its ${name} is ${place}, but must be from 0 to ${last}.`);
}

/** What holds the elements of a node: of a primitive, what stands beside its value. */
function ownerIn(node: Node): Json {
  if (isObject(node.value)) return node.value as Json;
  if (node.extra) return node.extra as Json;
  const { slot, at } = placeOf(node);
  const extra: Json = {};
  hold(slot, heldIn(slot).with(at, { value: node.value, extra }));
  return extra;
}
