import type { CodeSystem, CodeSystemConcept } from '@medplum/fhirtypes';

/** A concept and where it stands among the others. */
export interface KnownConcept extends Omit<CodeSystemConcept, 'concept' | 'code'> {
  readonly code: string;
  readonly parents: ReadonlySet<string>;
  readonly children: ReadonlySet<string>;
}

/** What is known of a code system. */
export interface KnownCodeSystem {
  readonly url: string;
  readonly version: string | undefined;
  readonly name: string | undefined;
  /** Whether every one of its codes is known. */
  readonly complete: boolean;
  /** Whether upper and lower case are told apart; what does not say so may do. */
  readonly caseSensitive: boolean;
  readonly concepts: ReadonlyMap<string, KnownConcept>;
}

interface Building extends KnownConcept {
  readonly parents: Set<string>;
  readonly children: Set<string>;
}

/**
 * The concepts of a code system by their codes, with their hierarchy: as they are nested, and as the properties
 * `parent`, `child` and `subsumedBy` say. In the order in which they are written. Pure.
 * @see https://hl7.org/fhir/R4/codesystem.html#hierarchy
 */
export function indexCodeSystem(system: CodeSystem): KnownCodeSystem {
  const concepts = new Map<string, Building>();
  addAll(concepts, system.concept ?? [], undefined);
  for (const concept of [...concepts.values()]) {
    for (const { code, valueCode } of concept.property ?? []) {
      if (!valueCode) continue;
      if (code === 'parent' || code === 'subsumedBy') join(concepts, valueCode, concept.code);
      if (code === 'child') join(concepts, concept.code, valueCode);
    }
  }
  return {
    url: system.url ?? '',
    version: system.version,
    name: system.title ?? system.name,
    complete: system.content === 'complete',
    caseSensitive: system.caseSensitive ?? true,
    concepts,
  };
}

function addAll(
  concepts: Map<string, Building>,
  listed: readonly CodeSystemConcept[],
  parent: string | undefined,
): void {
  // Not by recursion: a stored code system may be nested as deep as its sender likes. The last waiting is the next.
  const waiting = listed.map((concept) => ({ concept, parent })).reverse();
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { concept: inner = [], code, ...said } = next.concept;
    if (!code) continue;
    if (!concepts.has(code)) concepts.set(code, { ...said, code, parents: new Set(), children: new Set() });
    if (next.parent !== undefined) join(concepts, next.parent, code);
    for (const concept of inner.toReversed()) waiting.push({ concept, parent: code });
  }
}

function join(concepts: ReadonlyMap<string, Building>, parent: string, child: string): void {
  const [above, below] = [concepts.get(parent), concepts.get(child)];
  if (!above || !below) return;
  above.children.add(child);
  below.parents.add(parent);
}

/** The codes below one, at any depth; without it itself. */
export function descendantsOf({ concepts }: KnownCodeSystem, code: string): Set<string> {
  return reached(code, (each) => concepts.get(each)?.children);
}

/** The codes above one, at any depth; without it itself. */
export function ancestorsOf({ concepts }: KnownCodeSystem, code: string): Set<string> {
  return reached(code, (each) => concepts.get(each)?.parents);
}

function reached(start: string, next: (code: string) => ReadonlySet<string> | undefined): Set<string> {
  const found = new Set<string>();
  const waiting = [...(next(start) ?? [])];
  for (let code = waiting.pop(); code !== undefined; code = waiting.pop()) {
    if (found.has(code)) continue;
    found.add(code);
    waiting.push(...(next(code) ?? []));
  }
  found.delete(start);
  return found;
}

/** The values of a property of a concept, as text. */
export function propertyValues({ property }: Pick<KnownConcept, 'property'>, name: string): string[] {
  const values = (property ?? []).filter(({ code }) => code === name);
  return values.map((each) =>
    String(
      each.valueCode ??
        each.valueString ??
        each.valueCoding?.code ??
        each.valueBoolean ??
        each.valueInteger ??
        each.valueDecimal ??
        each.valueDateTime ??
        '',
    ),
  );
}

/** Whether a concept is kept for old records only. @see https://hl7.org/fhir/R4/codesystem-concept-properties.html */
export function isInactive(concept: Pick<KnownConcept, 'property'>): boolean {
  const status = propertyValues(concept, 'status');
  return propertyValues(concept, 'inactive').includes('true') || status.includes('retired');
}

/** Whether a concept only groups others, and is not meant to be recorded. */
export function isAbstract(concept: Pick<KnownConcept, 'property'>): boolean {
  return ['notSelectable', 'abstract'].some((name) => propertyValues(concept, name).includes('true'));
}
