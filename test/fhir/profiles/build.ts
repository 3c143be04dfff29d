import type { ElementDefinition, StructureDefinition } from '@medplum/fhirtypes';
import { expandedCodes, isMember } from '../../../src/fhir/terminology/expansion.ts';

type Value = Record<string, unknown>;

/** An element of a snapshot with those in it. */
export interface Tree {
  readonly element: ElementDefinition;
  readonly name: string;
  readonly children: Tree[];
  readonly slices: Tree[];
}

/** The elements of a snapshot, put into each other by their ids. */
export function treeOf({ snapshot }: StructureDefinition): Tree {
  const byId = new Map<string, Tree>();
  for (const element of snapshot?.element ?? []) {
    const id = element.id as string;
    const [, last = id] = /\.([^.]*)$/.exec(id) ?? [];
    const tree: Tree = { element, name: last.split(':')[0] as string, children: [], slices: [] };
    byId.set(id, tree);
    const isSlice = last.includes(':');
    const parent = byId.get(isSlice ? id.slice(0, id.lastIndexOf(':')) : id.slice(0, id.length - last.length - 1));
    (isSlice ? parent?.slices : parent?.children)?.push(tree);
  }
  return [...byId.values()][0] as Tree;
}

/** The least resource that has all a profile asks for, as far as a snapshot says it without its invariants. */
export function leastOf(structure: StructureDefinition): Value {
  const root = treeOf(structure);
  return { resourceType: structure.type, meta: { profile: [structure.url] }, ...partsOf(root) };
}

function partsOf({ children }: Tree): Value {
  return Object.fromEntries(children.flatMap((child) => entryOf(child)));
}

function entryOf(tree: Tree): [string, unknown][] {
  const { element, name, slices } = tree;
  const needed = slices.filter(({ element: { min = 0 } }) => min > 0);
  if ((element.min ?? 0) === 0 && needed.length === 0) return [];
  const [slice] = needed;
  const ofFirstType = name.endsWith('[x]') ? slices.find((each) => typeOf(each) === typeOf(tree)) : undefined;
  const chosen = slice ?? ofFirstType ?? tree;
  const type = typeOf(chosen) ?? 'string';
  const key = name.endsWith('[x]') ? name.slice(0, -3) + type.charAt(0).toUpperCase() + type.slice(1) : name;
  if (element.base?.max === '1') return [[key, valueFor(chosen)]];
  const values = needed.map(valueFor);
  while (values.length < (element.min ?? 0)) values.push(valueFor(tree));
  return [[key, values]];
}

function typeOf({ element }: Tree): string | undefined {
  return element.type?.[0]?.code;
}

/** A value an element lets stand. */
export function valueFor(tree: Tree): unknown {
  const set = Object.entries(tree.element).find(([name]) => /^(fixed|pattern)[A-Z]/.test(name))?.[1] as unknown;
  if (set !== undefined) return set;
  const type = typeOf(tree) ?? '';
  const least = leastValue(type, tree);
  return typeof least === 'object' && least !== null ? { ...least, ...partsOf(tree) } : least;
}

function leastValue(type: string, { element }: Tree): unknown {
  if (type === 'Extension')
    return { url: element.type?.[0]?.profile?.[0] ?? 'http://example.org/x', valueBoolean: true };
  if (type === 'Reference') return { reference: `${targetType(element)}/1` };
  if (type === 'Quantity') return { value: 1, ...(element.binding?.strength === 'required' ? codeOf(element) : {}) };
  if (type === 'code') return codeOf(element)?.code ?? 'x';
  if (type === 'Coding') return codeOf(element) ?? { system: 'http://example.org', code: 'x' };
  if (type === 'CodeableConcept') return { coding: [codeOf(element) ?? { system: 'http://example.org', code: 'x' }] };
  return Object.hasOwn(LEAST, type) ? LEAST[type] : {};
}

const LEAST: Readonly<Record<string, unknown>> = {
  boolean: true,
  string: 'x',
  markdown: 'x',
  uri: 'http://example.org',
  canonical: 'http://example.org/x',
  'http://hl7.org/fhirpath/System.String': 'x',
  date: '2026-03-02',
  dateTime: '2026-03-02',
  instant: '2026-03-02T09:00:00Z',
  decimal: 1,
  Period: { start: '2026-03-02' },
  Identifier: { system: 'http://example.org', value: 'x' },
  HumanName: { family: 'x' },
  Address: { text: 'x' },
  ContactPoint: { system: 'phone', value: '1' },
  Attachment: { url: 'http://example.org' },
};

function targetType({ type }: ElementDefinition): string {
  const target = type?.[0]?.targetProfile?.[0] ?? '/Patient';
  const name = target.slice(target.lastIndexOf('/') + 1).split('|')[0] as string;
  return TYPES[name] ?? name.replace(/^(us-core-|SDOHCC-)/, '').replace(/^\w/, (first) => first.toUpperCase());
}

const TYPES: Readonly<Record<string, string>> = {
  Resource: 'Patient',
  'us-core-practitionerrole': 'PractitionerRole',
  'SDOHCC-practitionerrole': 'PractitionerRole',
};

interface Code {
  readonly system: string;
  readonly code: string;
}

/** A code of the value set an element is bound to; where that cannot be listed, one that may be in it. */
function codeOf({ binding }: ElementDefinition): Code | undefined {
  const valueSet = binding?.valueSet ?? '';
  const [first] = expandedCodes(valueSet) ?? [];
  const [system, codes] = first ?? [];
  const [code] = codes ?? [];
  if (system !== undefined && code !== undefined) return { system, code };
  return LARGE.find((each) => isMember(valueSet, each) !== false);
}

/** Codes of systems too large to be here. */
const LARGE: readonly Code[] = [
  { system: 'http://snomed.info/sct', code: '410606002' },
  { system: 'http://loinc.org', code: '71802-3' },
  { system: 'http://unitsofmeasure.org', code: '{pack}' },
];
