import type { ElementDefinition, ElementDefinitionType, StructureDefinition } from '@medplum/fhirtypes';

/** What of a StructureDefinition says whether a resource conforms: the rest (texts, mappings) is not kept. */
export interface Definition {
  readonly url: string;
  readonly version: string | undefined;
  readonly name: string;
  /** The type it describes or constrains, e.g. `Patient`. */
  readonly type: string;
  readonly kind: 'primitive-type' | 'complex-type' | 'resource' | 'logical';
  readonly abstract: boolean;
  readonly isProfile: boolean;
  readonly base: string | undefined;
  /** Without one, only what it asks beyond its base is known. */
  readonly hasSnapshot: boolean;
  /** Of the snapshot, or else of the differential, in its order. */
  readonly elements: readonly ElementRules[];
}

/** The rules of one element. @see https://hl7.org/fhir/R4/elementdefinition.html */
export interface ElementRules {
  readonly id: string;
  readonly path: string;
  readonly sliceName: string | undefined;
  readonly slicing: ElementDefinition['slicing'] | undefined;
  readonly min: number;
  readonly max: number;
  /** Whether JSON holds a list: the base definition lets it repeat. */
  readonly isList: boolean;
  /** What it was in the type it comes from: a profile may only be stricter. */
  readonly base: { readonly path: string; readonly min: number; readonly max: number };
  readonly types: readonly TypeRules[];
  /** The path of the element whose content this one has, e.g. `Questionnaire.item`. */
  readonly contentOf: string | undefined;
  readonly binding: BindingRules | undefined;
  readonly constraints: readonly Constraint[];
  /** Of `fixed[x]`. */
  readonly fixed: unknown;
  /** Of `pattern[x]`. */
  readonly pattern: unknown;
  readonly maxLength: number | undefined;
  readonly isAttribute: boolean;
  /** Whether a summary shows it. @see https://hl7.org/fhir/R4/search.html#summary */
  readonly isSummary: boolean;
}

export interface BindingRules {
  readonly strength: string;
  readonly valueSet: string | undefined;
  /** The set no code may be outside of, where the binding itself lets others stand. */
  readonly max: string | undefined;
}

export interface TypeRules {
  readonly code: string;
  readonly profiles: readonly string[];
  readonly targetProfiles: readonly string[];
}

/** An invariant. @see https://hl7.org/fhir/R4/conformance-rules.html#constraints */
export interface Constraint {
  readonly key: string;
  readonly severity: 'error' | 'warning';
  readonly human: string;
  readonly expression: string;
}

/**
 * Reads a StructureDefinition. Pure.
 * @returns undefined when it has neither a snapshot nor, as a profile, a differential: nothing can be checked by it
 */
export function toDefinition(structure: StructureDefinition): Definition | undefined {
  const { url, version, name, type, kind, abstract, derivation, baseDefinition, snapshot, differential } = structure;
  const elements = snapshot?.element ?? (derivation === 'constraint' ? differential?.element : undefined);
  if (!elements?.length || !url || !type) return undefined;
  return {
    url,
    version,
    name: name ?? type,
    type,
    kind: kind as Definition['kind'],
    abstract: abstract === true,
    isProfile: derivation === 'constraint',
    base: baseDefinition,
    hasSnapshot: snapshot !== undefined,
    elements: elements.map(toRules),
  };
}

function toRules(element: ElementDefinition): ElementRules {
  const path = element.path as string;
  return {
    id: element.id ?? path,
    path,
    sliceName: element.sliceName,
    slicing: element.slicing,
    min: element.min ?? 0,
    max: toMax(element.max),
    isList: toMax(element.base?.max ?? element.max) > 1,
    base: {
      path: element.base?.path ?? path,
      min: element.base?.min ?? 0,
      max: toMax(element.base?.max),
    },
    types: (element.type ?? []).map(toTypeRules),
    contentOf: element.contentReference?.startsWith('#') ? element.contentReference.slice(1) : undefined,
    binding: toBinding(element),
    constraints: (element.constraint ?? []).flatMap(toConstraint),
    fixed: valueIn(element, 'fixed'),
    pattern: valueIn(element, 'pattern'),
    maxLength: element.maxLength,
    isAttribute: element.representation?.includes('xmlAttr') ?? false,
    isSummary: element.isSummary === true,
  };
}

function toMax(max: string | undefined): number {
  return max === undefined || max === '*' ? Number.POSITIVE_INFINITY : Number(max);
}

const SYSTEM_TYPE = 'http://hl7.org/fhirpath/System.';
const FHIR_TYPE = 'http://hl7.org/fhir/StructureDefinition/structuredefinition-fhir-type';

function toTypeRules(type: ElementDefinitionType): TypeRules {
  return { code: typeCode(type), profiles: type.profile ?? [], targetProfiles: type.targetProfile ?? [] };
}

/** Ids and the values of primitives are of types of FHIRPath; an extension says which FHIR type that is. */
function typeCode({ code, extension }: ElementDefinitionType): string {
  const name = code as string;
  if (!name.startsWith(SYSTEM_TYPE)) return name;
  return extension?.find(({ url }) => url === FHIR_TYPE)?.valueUrl ?? 'string';
}

const MAX_VALUE_SET = 'http://hl7.org/fhir/StructureDefinition/elementdefinition-maxValueSet';

function toBinding({ binding }: ElementDefinition): ElementRules['binding'] {
  const max = binding?.extension?.find(({ url }) => url === MAX_VALUE_SET);
  if (!binding?.valueSet && !max) return undefined;
  const { strength, valueSet } = binding as NonNullable<typeof binding>;
  return { strength: strength as string, valueSet, max: max?.valueCanonical ?? max?.valueUri };
}

function toConstraint(constraint: NonNullable<ElementDefinition['constraint']>[number]): Constraint[] {
  const { key, severity, human, expression } = constraint;
  if (!expression || !key) return [];
  return [{ key, severity: severity === 'warning' ? 'warning' : 'error', human: human ?? key, expression }];
}

function valueIn(element: ElementDefinition, kind: 'fixed' | 'pattern'): unknown {
  const found = Object.entries(element).find(
    ([name]) => name.startsWith(kind) && /^[A-Z]/.test(name.slice(kind.length)),
  );
  return found?.[1];
}
