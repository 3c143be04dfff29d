import type { ElementDefinition, Resource, StructureDefinition } from '@medplum/fhirtypes';
import { childrenOf, definitions } from './definitions.ts';
import { EXTRAS, PROFILE_EXTRAS } from './extras.ts';
import { sampleOf } from './sample-values.ts';

/** Where a resource is made: an address for every type that may be referred to. */
export interface Surroundings {
  /** A literal reference to a resource that is there, e.g. `Patient/1`. */
  reference(type: string): string;
}

type Value = Record<string, unknown>;

const SYSTEM_STRING = 'http://hl7.org/fhirpath/System.String';

/** The canonical address of R4's own definition of a type. */
export function baseOf(type: string): string {
  return `http://hl7.org/fhir/StructureDefinition/${type}`;
}

/**
 * The least that is valid of a type, or of a profile: every element that must be there, and no other.
 * @throws Error when the definition is not published here
 */
export function makeResource<T extends Resource>(url: string, around: Surroundings): T {
  const structure = definitions().structure(url);
  if (!structure?.type) throw new Error(`The definition ${url} is not in ../shared/ig.`);
  const made = withChildren(structure, structure.type, around);
  const profile = structure.derivation === 'constraint' ? { meta: { profile: [url] } } : {};
  const extras = { ...EXTRAS[structure.type], ...PROFILE_EXTRAS[url.split('/').at(-1) ?? ''] };
  return { resourceType: structure.type, ...profile, ...made, ...extras } as unknown as T;
}

/** What must be below an element. */
function withChildren(structure: StructureDefinition, id: string, around: Surroundings): Value {
  const made: Value = {};
  const children = childrenOf(structure, id);
  for (const element of children) {
    if (element.sliceName || !isNeeded(element, children)) continue;
    const slices = slicesOf(element, children).map((slice) => namedValue(structure, slice, around)[1]);
    const [name, value] = namedValue(structure, element, around);
    if (slices.length > 0) made[name] = isList(element) ? slices : slices[0];
    else if (value !== undefined) made[name] = isList(element) ? [value] : value;
  }
  return made;
}

function isNeeded(element: ElementDefinition, siblings: readonly ElementDefinition[]): boolean {
  return (element.min ?? 0) > 0 || slicesOf(element, siblings).length > 0;
}

function slicesOf(element: ElementDefinition, siblings: readonly ElementDefinition[]): ElementDefinition[] {
  return siblings.filter((each) => each.sliceName && each.path === element.path && (each.min ?? 0) > 0);
}

export function isList({ base, max }: ElementDefinition): boolean {
  return (base?.max ?? max) !== '1';
}

/** The name and the value of an element that is to be there. */
export function namedValue(
  structure: StructureDefinition,
  element: ElementDefinition,
  around: Surroundings,
  wanted?: string,
): [name: string, value: unknown] {
  const types = element.type ?? [];
  const type = types.find(({ code }) => code === wanted) ?? types[0];
  const code = type?.code === SYSTEM_STRING ? 'string' : (type?.code ?? 'Element');
  const last = element.path?.split('.').at(-1) ?? '';
  const name = last.endsWith('[x]') ? `${last.slice(0, -3)}${code.charAt(0).toUpperCase()}${code.slice(1)}` : last;
  return [name, fixedValue(element) ?? typedValue(structure, element, code, around)];
}

/** What a profile fixes, or the pattern it asks for. */
function fixedValue(element: ElementDefinition): unknown {
  const key = Object.keys(element).find((each) => /^(fixed|pattern)[A-Z]/.test(each));
  return key ? structuredClone((element as unknown as Value)[key]) : undefined;
}

function typedValue(
  structure: StructureDefinition,
  element: ElementDefinition,
  code: string,
  around: Surroundings,
): unknown {
  if (code === 'Reference') return { reference: around.reference(targetOf(element)) };
  if (code === 'Extension') return extensionOf(structure, element, around);
  if (code === 'Resource') return { resourceType: 'Basic', code: { text: 'Example' } };
  const below = withChildren(structure, element.id ?? '', around);
  const sample = sampleOf(code, element);
  if (typeof sample !== 'object' || sample === null) return sample ?? below;
  return { ...sample, ...below };
}

/** An extension has a definition of its own, or stands within one that describes it. */
function extensionOf(within: StructureDefinition, element: ElementDefinition, around: Surroundings): unknown {
  const url = element.type?.[0]?.profile?.[0];
  const [structure, id] = url ? [definitions().structure(url), 'Extension'] : [within, element.id ?? ''];
  if (!structure) return undefined;
  const made = withChildren(structure, id, around);
  const value = childrenOf(structure, id).find(({ path }) => path?.endsWith('.value[x]'));
  // ext-1: a value, unless there are extensions in it.
  if (!value || made.extension || value.max === '0') return { ...made, ...(url ? { url } : {}) };
  const [name, content] = namedValue(structure, value, around);
  return { ...made, [name]: content, ...(url ? { url } : {}) };
}

/** What a reference may lead to. Of several, what care coordination refers to most. */
const PREFERRED = ['Patient', 'ServiceRequest', 'Organization', 'Practitioner', 'Location', 'QuestionnaireResponse'];

/** The type of resource that a reference is made to. */
export function targetOf(element: ElementDefinition): string {
  const profiles = element.type?.find(({ code }) => code === 'Reference')?.targetProfile ?? [];
  const types = profiles.flatMap((url) => definitions().structure(url)?.type ?? url.split('/').at(-1) ?? []);
  if (types.length === 0 || types.includes('Resource')) return 'ServiceRequest';
  return PREFERRED.find((type) => types.includes(type)) ?? types[0] ?? 'Patient';
}
