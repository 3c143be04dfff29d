import { isMember } from '../../terminology/expansion.ts';
import { type ElementModel, modelOf, typeOf } from '../../validate/definitions/model.ts';
import { compileExpression } from '../../validate/fhirpath/compile.ts';
import type { Node } from '../../validate/fhirpath/node.ts';
import type { JsonObject } from '../../validate/walk.ts';
import type { Path, Step } from './path.ts';
import { typeOfReference } from './reference-type.ts';

/** A value an expression finds, and its FHIR type. */
export interface Found {
  readonly type: string;
  readonly value: unknown;
}

/** Finds the values of an expression, from a resource or a part of one. */
export type Find = (from: Found) => Found[];

/** An expression as a plain function: the same as interpreting it, without interpreting it. */
export function compilePaths(paths: readonly Path[]): Find {
  if (paths.length === 1 && paths[0]) {
    const { steps } = paths[0];
    return (from) => {
      const found: Found[] = [];
      follow(from, steps, 0, found);
      return found;
    };
  }
  return (from) => {
    const found: Found[] = [];
    for (const { steps } of paths) follow(from, steps, 0, found);
    return found.length > 1 ? distinct(found) : found;
  };
}

/**
 * An expression of another form than paths, by the compiler of invariants.
 * @throws NotCovered when it uses what is not compiled there: no published parameter does
 */
export function compileOther(expression: string): Find {
  const evaluate = compileExpression(expression);
  return ({ type, value }) => {
    const resource = value as JsonObject;
    const context: Node = { value, model: modelOf(type), extra: undefined };
    const found = evaluate([context], { resource, root: resource, context, isMember });
    return found.map((node) => ({ type: node.model?.name ?? '', value: node.value }));
  };
}

/** A union holds each value once. @see http://hl7.org/fhirpath/N1/#union-collections */
function distinct(found: Found[]): Found[] {
  const seen = new Set<unknown>();
  return found.filter(({ value }) => !seen.has(value) && seen.add(value));
}

function follow(from: Found, steps: readonly Step[], at: number, found: Found[]): void {
  const step = steps[at];
  if (!step) found.push(from);
  else if (step.kind === 'child') followChild(from, step.name, steps, at, found);
  else if (step.kind === 'type') {
    if (sameType(from.type, step.name)) follow(from, steps, at + 1, found);
  } else if (step.kind === 'where') {
    if ((from.value as Record<string, unknown>)[step.name] === step.value) follow(from, steps, at + 1, found);
  } else if (step.kind === 'resolves') {
    if (typeOfReference(from.value) === step.type) follow(from, steps, at + 1, found);
  }
}

function followChild(from: Found, name: string, steps: readonly Step[], at: number, found: Found[]): void {
  const { value } = from;
  if (typeof value !== 'object' || value === null) return;
  const next = steps[at + 1];
  const only = next?.kind === 'at' ? next.index : undefined;
  const after = only === undefined ? at + 1 : at + 2;
  for (const { property, type } of childrenOf(from.type, name)) {
    const inner = (value as Record<string, unknown>)[property];
    if (inner === undefined || inner === null) continue;
    if (!Array.isArray(inner)) follow(typed(type, inner), steps, after, found);
    else if (only !== undefined) followOne(inner[only], type, steps, after, found);
    else for (const each of inner) followOne(each, type, steps, after, found);
  }
}

function followOne(value: unknown, type: string, steps: readonly Step[], at: number, found: Found[]): void {
  if (value !== undefined && value !== null) follow(typed(type, value), steps, at, found);
}

function typed(type: string, value: unknown): Found {
  if (type !== 'Resource') return { type, value };
  const { resourceType } = value as { resourceType?: unknown };
  return { type: typeof resourceType === 'string' ? resourceType : type, value };
}

interface Child {
  readonly property: string;
  readonly type: string;
  readonly element: ElementModel;
}

const known = new Map<string, Map<string, readonly Child[]>>();

/** The JSON properties in which an element of a type can stand, each with the type it has there. */
export function childrenOf(type: string, name: string): readonly Child[] {
  const ofType = known.get(type) ?? new Map<string, readonly Child[]>();
  const children = ofType.get(name);
  if (children) return children;
  const read = readChildren(type, name);
  known.set(type, ofType.set(name, read));
  return read;
}

function readChildren(type: string, name: string): Child[] {
  const elements = modelOf(type)?.byName.get(name) ?? [];
  return elements.map((element) => ({ property: element.key, type: typeOf(element), element }));
}

/** Some expressions write `DateTime` for `dateTime`. */
function sameType(type: string, name: string): boolean {
  return type === name || type.toLowerCase() === name.toLowerCase();
}
