/**
 * What a value was a part of. The types of `value[x]` and the scores of answers are known by it, and the FHIRPath engine
 * hangs it on its values, unseen: it has to be carried along when they go from one thread to another.
 */
export interface Mark {
  /** The path of the value in its resource, or its type, e.g. `Observation.component`, `HumanName`. */
  readonly path: string;
  /** What it stood in, from the inside: the engine finds the question an answer belongs to by it. */
  readonly within: readonly Outer[];
}

interface Outer {
  readonly path: string | undefined;
  readonly linkId: string | undefined;
}

interface Node {
  readonly path?: unknown;
  readonly data?: { readonly linkId?: unknown } | null;
  readonly parentResNode?: Node | null;
}

const DEEPEST = 50;

/** What the engine knows of a value; undefined when it knows nothing, or needs to know nothing: resources say what they are. */
export function markOf(value: unknown): Mark | undefined {
  if (typeof value !== 'object' || value === null || 'resourceType' in value) return undefined;
  const { path, parentResNode } = (value as { __path__?: Node }).__path__ ?? {};
  return typeof path === 'string' ? { path, within: outersOf(parentResNode) } : undefined;
}

function outersOf(first: Node | null | undefined): Outer[] {
  const outers: Outer[] = [];
  for (let node = first; node && outers.length < DEEPEST; node = node.parentResNode) {
    outers.push({ path: textOf(node.path), linkId: textOf(node.data?.linkId) });
  }
  return outers;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** What stood around a value, as the engine reads it. */
export function nodesOf(within: readonly Outer[]): object | null {
  return within.reduceRight<object | null>(
    (parentResNode, { path, linkId }) => ({ path, data: linkId === undefined ? {} : { linkId }, parentResNode }),
    null,
  );
}
