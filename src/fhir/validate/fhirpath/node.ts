import { type ElementModel, isA, modelOf, type TypeModel } from '../definitions/model.ts';
import { isObject, type JsonObject } from '../walk.ts';

/** A value with its type, as FHIRPath sees it. */
export interface Node {
  /** `undefined` for a primitive that has only extensions. */
  readonly value: unknown;
  readonly model: TypeModel | undefined;
  /** Of a primitive: its id and extensions (JSON's `_name`). */
  readonly extra: JsonObject | undefined;
  /** The object it stands in; undefined for what is computed, and for a whole resource. */
  readonly owner?: JsonObject;
  /** As which element of that it stands there. */
  readonly element?: ElementModel;
  /** At which place of a list, from 0. */
  readonly at?: number | undefined;
}

export type Nodes = readonly Node[];

export const NOTHING: Nodes = [];

/** A node for a resource, by its resourceType. */
export function resourceNode(resource: JsonObject): Node {
  return { value: resource, model: modelNamed(resource), extra: undefined };
}

/** A computed value. */
export function valueNode(value: string | number | boolean, type: string): Node {
  return { value, model: modelOf(type), extra: undefined };
}

/** The elements of a name in a node. */
export function step(node: Node, name: string): Nodes {
  const elements = node.model?.byName.get(name);
  if (elements && isObject(node.value)) return elementsIn(node.value, elements);
  return node.extra && (name === 'extension' || name === 'id') ? inExtra(node.extra, name) : NOTHING;
}

function inExtra(extra: JsonObject, name: string): Nodes {
  return elementsIn(extra, modelOf('Element')?.byName.get(name) ?? []);
}

function elementsIn(owner: JsonObject, elements: readonly ElementModel[]): Nodes {
  for (const element of elements) {
    const nodes = elementIn(owner, element);
    if (nodes.length > 0) return nodes;
  }
  return NOTHING;
}

/** Whether a node has an element of a name, without making nodes for it. */
export function hasStep(node: Node, name: string): boolean {
  const elements = node.model?.byName.get(name);
  if (!elements || !isObject(node.value)) return step(node, name).length > 0;
  for (const { key, extraKey } of elements) {
    const value = node.value[key] ?? node.value[extraKey];
    if (value !== undefined && value !== null && !(Array.isArray(value) && value.length === 0)) return true;
  }
  return false;
}

function elementIn(owner: JsonObject, element: ElementModel): Nodes {
  const value = owner[element.key];
  const extra = owner[element.extraKey];
  if (value === undefined && extra === undefined) return NOTHING;
  if (!Array.isArray(value) && !Array.isArray(extra)) return [toNode(value, extra, owner, element, undefined)];
  const values: readonly unknown[] = Array.isArray(value) ? value : [];
  const extras: readonly unknown[] = Array.isArray(extra) ? extra : [];
  return Array.from({ length: Math.max(values.length, extras.length) }, (_, at) =>
    toNode(values[at], extras[at], owner, element, at),
  );
}

function toNode(
  value: unknown,
  extra: unknown,
  owner: JsonObject,
  element: ElementModel,
  at: number | undefined,
): Node {
  const model = element.model() ?? (isObject(value) ? modelNamed(value) : undefined);
  return { value: value ?? undefined, model, extra: isObject(extra) ? extra : undefined, owner, element, at };
}

/** The model of a resource by its resourceType, which may be anything as long as nobody has looked at it. */
function modelNamed({ resourceType }: JsonObject): TypeModel | undefined {
  return typeof resourceType === 'string' ? modelOf(resourceType) : undefined;
}

/** All elements of a node. */
export function children(node: Node): Node[] {
  const { model, value, extra } = node;
  if (model && isObject(value)) return model.elements.flatMap((element) => elementIn(value, element));
  return extra ? (modelOf('Element')?.elements ?? []).flatMap((element) => elementIn(extra, element)) : [];
}

/** All elements of a node, and theirs. */
export function descendants(node: Node): Node[] {
  return children(node).flatMap((child) => [child, ...descendants(child)]);
}

const SYSTEM: Readonly<Record<string, string>> = {
  Boolean: 'boolean',
  String: 'string',
  Integer: 'integer',
  Decimal: 'decimal',
  Date: 'date',
  DateTime: 'dateTime',
  Time: 'time',
};

/** Whether a node is of a type; `Boolean` and `boolean` are read as one. */
export function isOfType({ model }: Node, type: string): boolean {
  return model !== undefined && isA(model.name, SYSTEM[type] ?? type);
}
