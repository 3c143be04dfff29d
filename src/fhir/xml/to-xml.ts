import type { Resource } from '@medplum/fhirtypes';
import { textOf, withNumbersOf } from '../../db/written-numbers.ts';
import { FHIR_NAMESPACE, placesOf } from './elements.ts';
import { narrativeAsXml } from './narrative.ts';

/**
 * A resource as FHIR XML, elements in the order of their definition. Pure.
 * @see https://hl7.org/fhir/R4/xml.html
 */
export function toXml(resource: Resource, pretty = false): string {
  const node = resourceNode(resource);
  node.attributes.unshift(['xmlns', FHIR_NAMESPACE]);
  return `<?xml version="1.0" encoding="UTF-8"?>${textOfNode(node, pretty ? '\n' : '')}`;
}

interface Node {
  readonly name: string;
  readonly attributes: [string, string][];
  readonly children: (Node | { readonly xhtml: string })[];
}

type Json = Readonly<Record<string, unknown>>;

function resourceNode(resource: Resource): Node {
  const { resourceType, ...content } = resource;
  return {
    name: resourceType,
    attributes: [],
    children: childrenOf(withNumbersOf(resource, content as Json), resourceType),
  };
}

/** The elements of a type in the order of its definition; what the definition does not know comes last. */
function childrenOf(value: Json, type: string): Node['children'] {
  const places = placesOf(type);
  const names = [...new Set(Object.keys(value).map((key) => key.replace(/^_/, '')))];
  const placed = names.map((name) => ({
    name,
    ...(places.get(name) ?? { at: names.length + 1_000, type: '' }),
  }));
  return placed
    .sort((a, b) => a.at - b.at)
    .flatMap((each) => nodesOf(each.name, written(value, each.name), value[`_${each.name}`], each.type));
}

/** A value, or the values of a list, with numbers as they were written. */
function written(owner: Json, name: string): unknown {
  const value = owner[name];
  if (Array.isArray(value))
    return value.map((each: unknown, at) => (typeof each === 'number' ? (textOf(value, String(at)) ?? each) : each));
  return typeof value === 'number' ? (textOf(owner, name) ?? value) : value;
}

function nodesOf(name: string, value: unknown, extra: unknown, type: string): Node['children'] {
  const values = Array.isArray(value) ? value : [value];
  const extras = Array.isArray(extra) ? extra : [extra];
  const length = Math.max(values.length, extras.length);
  return Array.from({ length }, (_, at) => nodeOf(name, values[at], extras[at], type)).flatMap((node) => node ?? []);
}

function nodeOf(name: string, value: unknown, extra: unknown, type: string): Node | { xhtml: string } | undefined {
  if ((value === undefined || value === null) && (extra === undefined || extra === null)) return undefined;
  if (name === 'div' && typeof value === 'string') return { xhtml: narrativeAsXml(value) };
  if (typeof value === 'object' && value !== null) return objectNode(name, value as Json, type);
  const node = extra ? objectNode(name, extra as Json, 'Element') : { name, attributes: [], children: [] };
  if (value !== undefined && value !== null) node.attributes.push(['value', String(value)]);
  return node;
}

function objectNode(name: string, value: Json, type: string): Node {
  if (typeof value.resourceType === 'string') {
    return { name, attributes: [], children: [resourceNode(value as unknown as Resource)] };
  }
  const { id, url, ...content } = value;
  const attributes: [string, string][] = [];
  if (typeof id === 'string') attributes.push(['id', id]);
  const isExtension = name === 'extension' || name === 'modifierExtension';
  if (isExtension && typeof url === 'string') attributes.push(['url', url]);
  const rest = isExtension || url === undefined ? content : { url, ...content };
  return { name, attributes, children: childrenOf(withNumbersOf(value, rest), type) };
}

function textOfNode(node: Node | { readonly xhtml: string }, line: string): string {
  if ('xhtml' in node) return line + node.xhtml;
  const attributes = node.attributes.map(([name, value]) => ` ${name}="${escaped(value)}"`).join('');
  if (node.children.length === 0) return `${line}<${node.name}${attributes}/>`;
  const children = node.children.map((child) => textOfNode(child, line && `${line}  `)).join('');
  return `${line}<${node.name}${attributes}>${children}${line}</${node.name}>`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\t': '&#x9;',
  '\n': '&#xA;',
  '\r': '&#xD;',
};

function escaped(text: string): string {
  return text.replace(/[&<>"\t\n\r]/g, (sign) => ENTITIES[sign] ?? sign);
}
