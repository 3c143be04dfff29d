import { type InternalSchemaElement, tryGetDataType } from '@medplum/core';

export const FHIR_NAMESPACE = 'http://hl7.org/fhir';
export const XHTML_NAMESPACE = 'http://www.w3.org/1999/xhtml';

/** The elements of a type, in the order of its definition. */
export interface Elements {
  readonly names: readonly string[];
  readonly byName: Readonly<Record<string, InternalSchemaElement>>;
}

const known = new Map<string, Elements>();

/** The elements of a resource type, a data type or a part of one (`PatientContact`). */
export function elementsOf(type: string): Elements {
  const found = known.get(type);
  if (found) return found;
  const byName = tryGetDataType(type)?.elements ?? {};
  const elements = { names: Object.keys(byName), byName };
  // Types come from definitions, not from what is sent: there are as many as there are.
  if (elements.names.length > 0) known.set(type, elements);
  return elements;
}

/** Where an element stands among those of its parent, and what it is. */
export interface Place {
  readonly at: number;
  readonly type: string;
  readonly isArray: boolean;
}

/** The place of an element by its name in a document; `valueString` is `value[x]`. Undefined for what is not defined. */
export function placeOf(name: string, { names, byName }: Elements): Place | undefined {
  const element = Object.hasOwn(byName, name) ? byName[name] : undefined;
  if (element) return { at: names.indexOf(name), type: element.type[0]?.code ?? '', isArray: element.isArray ?? false };
  for (const [at, each] of names.entries()) {
    const choice = each.endsWith('[x]') ? each.slice(0, -3) : undefined;
    if (choice === undefined || !name.startsWith(choice)) continue;
    const suffix = name.slice(choice.length).toLowerCase();
    const type = byName[each]?.type.find(({ code }) => code.toLowerCase() === suffix)?.code;
    if (type) return { at, type, isArray: false };
  }
  return undefined;
}
