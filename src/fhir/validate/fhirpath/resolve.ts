import { containedById } from '../contained-by-id.ts';
import { modelOf } from '../definitions/model.ts';
import { isObject, type JsonObject } from '../walk.ts';
import type { Surroundings } from './evaluate.ts';
import { NOTHING, type Node, type Nodes, resourceNode } from './node.ts';

/**
 * What a reference points to, as far as that is known without asking anybody: what is contained; otherwise a resource
 * of which only the type is known.
 */
export function resolve(node: Node, { root }: Surroundings): Nodes {
  const reference = isObject(node.value) ? node.value.reference : node.value;
  if (typeof reference === 'string' && reference.startsWith('#')) return contained(root, reference.slice(1));
  const type = isObject(node.value) ? referredType(node.value, root) : typeIn(reference);
  return type === undefined ? NOTHING : [{ value: { resourceType: type }, model: modelOf(type), extra: undefined }];
}

function contained(root: JsonObject, id: string): Nodes {
  if (id === '') return [resourceNode(root)];
  return containedById(root, id).map(resourceNode);
}

/** The type a Reference says it points to: by what is contained, by its address, or by its `type`. */
export function referredType(reference: JsonObject, root: JsonObject): string | undefined {
  const { reference: address, type } = reference;
  if (typeof address === 'string' && address.startsWith('#')) return contained(root, address.slice(1))[0]?.model?.name;
  return typeIn(address) ?? (typeof type === 'string' && modelOf(type)?.kind === 'resource' ? type : undefined);
}

/** `Patient` of `Patient/1`, `https://other.example/fhir/Patient/1/_history/2` or `Patient?identifier=…`. */
function typeIn(reference: unknown): string | undefined {
  if (typeof reference !== 'string' || reference.startsWith('urn:')) return undefined;
  const [path = ''] = reference.split(/[?#]/, 1);
  const parts = path.split('/');
  const history = parts.lastIndexOf('_history');
  const end = history > 0 ? history : parts.length;
  const type = path === reference || !reference.includes('?') ? parts[end - 2] : parts[end - 1];
  return type !== undefined && modelOf(type)?.kind === 'resource' ? type : undefined;
}
