import type { Definition, ElementRules } from '../definitions/definition.ts';

/** An element of a profile with what stands in it. */
export interface ProfileNode {
  readonly rules: ElementRules;
  /** By their names in FHIRPath, e.g. `value` for `value[x]`. */
  readonly children: Map<string, ProfileNode>;
  readonly slices: ProfileNode[];
}

/** Puts the elements of a snapshot, which is a list, into each other by their ids. Pure. */
export function toTree({ elements }: Definition): ProfileNode {
  const nodes = new Map<string, ProfileNode>();
  for (const rules of withParents(elements)) {
    const node: ProfileNode = { rules, children: new Map(), slices: [] };
    nodes.set(rules.id, node);
    place(node, nodes);
  }
  return nodes.get((elements[0] as ElementRules).id.split('.', 1)[0] as string) as ProfileNode;
}

/** A differential leaves out elements of which it says nothing, though it speaks of what is in them. */
function withParents(elements: readonly ElementRules[]): ElementRules[] {
  const known = new Set(elements.map(({ id }) => id));
  return elements.flatMap((rules) => [...missingParents(rules.id, known), rules]);
}

function missingParents(id: string, known: Set<string>): ElementRules[] {
  const parts = id.split('.').slice(0, -1);
  const parents = parts.map((_part, at) => parts.slice(0, at + 1).join('.')).filter((parent) => !known.has(parent));
  for (const parent of parents) known.add(parent);
  return parents.map(nothingSaid);
}

function nothingSaid(id: string): ElementRules {
  const path = id.replaceAll(/:[^.]*/g, '');
  return {
    id,
    path,
    sliceName: /:([^.:]*)$/.exec(id)?.[1],
    slicing: undefined,
    min: 0,
    max: Number.POSITIVE_INFINITY,
    isList: false,
    base: { path, min: 0, max: Number.POSITIVE_INFINITY },
    types: [],
    contentOf: undefined,
    binding: undefined,
    constraints: [],
    fixed: undefined,
    pattern: undefined,
    maxLength: undefined,
    isAttribute: false,
    isSummary: false,
  };
}

function place(node: ProfileNode, nodes: ReadonlyMap<string, ProfileNode>): void {
  const { id } = node.rules;
  const dot = id.lastIndexOf('.');
  const last = id.slice(dot + 1);
  const colon = last.indexOf(':');
  if (colon >= 0) nodes.get(slicedId(id, dot + 1 + colon))?.slices.push(node);
  else if (dot >= 0) nodes.get(id.slice(0, dot))?.children.set(last.replace('[x]', ''), node);
}

/** The id of what a slice is a slice of: `a.b` of `a.b:c`, and of a slice of a slice (`a.b:c/d`) `a.b:c`. */
function slicedId(id: string, colon: number): string {
  const slash = id.lastIndexOf('/');
  return slash > colon ? id.slice(0, slash) : id.slice(0, colon);
}

/** The node at a path of a profile, e.g. `Consent.provision`, outside of slices. */
export function nodeAt(root: ProfileNode, path: string): ProfileNode | undefined {
  const [, ...names] = path.split('.');
  return names.reduce<ProfileNode | undefined>((node, name) => node?.children.get(name.replace('[x]', '')), root);
}
