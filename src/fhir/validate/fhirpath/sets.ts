import { equals } from './compare.ts';
import type { Node, Nodes } from './node.ts';

export function includes(nodes: Nodes, node: Node): boolean {
  return nodes.some((each) => equals(each, node));
}

/** Without repetitions. Simple values are compared by a Set: a Questionnaire may have thousands of items. */
export function distinct(nodes: Nodes): Nodes {
  const simple = new Set<unknown>();
  const kept: Node[] = [];
  for (const node of nodes) {
    if (typeof node.value === 'object' || node.value === undefined) {
      if (!includes(kept, node)) kept.push(node);
    } else if (!simple.has(node.value)) {
      simple.add(node.value);
      kept.push(node);
    }
  }
  return kept;
}
