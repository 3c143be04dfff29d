import { modelOf } from '../definitions/model.ts';
import type { JsonObject } from '../walk.ts';
import { NOTHING, type Node, type Nodes, valueNode } from './node.ts';

/** What an expression may look at besides the value it is evaluated on. */
export interface Surroundings {
  readonly resource: JsonObject;
  readonly root: JsonObject;
  /** `%context`: what the whole expression is evaluated on. */
  readonly context: Node;
  /** Whether a code is in a value set; undefined when that cannot be told here. */
  readonly isMember: (
    valueSet: string,
    code: { readonly system?: string | undefined; readonly code: string },
  ) => boolean | undefined;
}

/** A compiled expression. `context` is what it is evaluated on (`$this`). */
export type Evaluate = (context: Nodes, around: Surroundings) => Nodes;

/** What a function does with what it is called on. Arguments are expressions; `context` is what they are evaluated on. */
export type FhirPathFunction = (focus: Nodes, args: readonly Evaluate[], context: Nodes, around: Surroundings) => Nodes;

/** An expression that uses what is not compiled here. */
export class NotCovered extends Error {}

const TRUE = truthNode(true);
const FALSE = truthNode(false);

/** Made before any definition is loaded: its type is looked up when it is asked for. */
function truthNode(value: boolean): Nodes {
  const node: Node = {
    value,
    extra: undefined,
    get model() {
      return modelOf('boolean');
    },
  };
  return [node];
}

export function bool(value: boolean | undefined): Nodes {
  if (value === undefined) return NOTHING;
  return value ? TRUE : FALSE;
}

/** A collection as a truth value; one item that is no boolean is true. @see http://hl7.org/fhirpath/N1/#singleton-evaluation-of-collections */
export function truth(nodes: Nodes): boolean | undefined {
  if (nodes.length === 0) return undefined;
  const [{ value }] = nodes as readonly [Node];
  return typeof value === 'boolean' ? value : true;
}

export function textOf(nodes: Nodes): string | undefined {
  const value = nodes[0]?.value;
  return nodes.length === 1 && typeof value === 'string' ? value : undefined;
}

export function numberOf(nodes: Nodes): number | undefined {
  const value = nodes[0]?.value;
  return nodes.length === 1 && typeof value === 'number' ? value : undefined;
}

export function text(value: string | undefined): Nodes {
  return value === undefined ? NOTHING : [valueNode(value, 'string')];
}

export function numeric(value: number | undefined): Nodes {
  if (value === undefined || !Number.isFinite(value)) return NOTHING;
  return [valueNode(value, Number.isInteger(value) ? 'integer' : 'decimal')];
}
