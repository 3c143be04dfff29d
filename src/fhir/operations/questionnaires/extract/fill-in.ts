import type { Extension, Resource } from '@medplum/fhirtypes';
import { orNote } from '../../notes.ts';
import { evaluateIn, type Focus } from '../scope.ts';
import { EXTENSIONS, extensionsOf } from '../sdc.ts';
import type { Here } from './definitions.ts';
import type { Extraction } from './extraction.ts';

type Json = Readonly<Record<string, unknown>>;

/**
 * A template with values where its extensions ask for them: elements whose context or value is nothing are left out, those
 * whose context is several stand several times. Undefined when nothing of it is left.
 * @param place where the template stands, as a FHIRPath
 */
export function fillIn(extraction: Extraction, here: Here, template: Resource, place: string): Resource | undefined {
  const evaluate: Evaluate = ({ valueString, valueExpression }, focus, at) => {
    const expression = valueString ?? valueExpression?.expression ?? '';
    const formula = { name: undefined, language: 'text/fhirpath', expression, place: at };
    return orNote(extraction.notes, () => evaluateIn(extraction, here.scope, formula, focus)) ?? [];
  };
  const [filled] = fillElement(evaluate, template as unknown as Json, { focus: here.focus, base: here.base }, place);
  return filled as Resource | undefined;
}

type Evaluate = (extension: Extension, focus: Focus, place: string) => unknown[];

/** What an element of a template becomes: nothing, one, or several. */
function fillElement(evaluate: Evaluate, element: Json, outer: Focus, place: string): unknown[] {
  return fociOf(evaluate, element, outer, place).flatMap((focus) => {
    const values = valuesOf(evaluate, element, focus, place);
    if (values) return values.map((value) => structuredClone(value));
    const filled = fillFields(evaluate, element, focus, place);
    return Object.keys(filled).length > 0 ? [filled] : [];
  });
}

/** Each thing the context of an element finds; what it stood in when it has none. */
function fociOf(evaluate: Evaluate, element: Json, outer: Focus, place: string): Focus[] {
  const [context] = extensionsOf(element, EXTENSIONS.templateContext);
  return context
    ? evaluate(context.extension, outer, `${place}.extension[${context.at}]`).map((focus) => ({ focus }))
    : [outer];
}

function valuesOf(evaluate: Evaluate, element: Json, focus: Focus, place: string): unknown[] | undefined {
  const [value] = extensionsOf(element, EXTENSIONS.templateValue);
  return value && evaluate(value.extension, focus, `${place}.extension[${value.at}]`);
}

function fillFields(evaluate: Evaluate, element: Json, focus: Focus, place: string): Record<string, unknown> {
  const filled: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(element)) {
    const at = `${place}.${name.replace(/^_/, '')}`;
    const next = name.startsWith('_') ? undefined : fillValue(evaluate, value, focus, at);
    if (next !== undefined) filled[name] = next;
  }
  for (const [name, beside] of Object.entries(element)) {
    if (name.startsWith('_'))
      fillPrimitive(evaluate, filled, name.slice(1), beside, focus, `${place}.${name.slice(1)}`);
  }
  return filled;
}

function fillValue(evaluate: Evaluate, value: unknown, focus: Focus, place: string): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (!Array.isArray(value))
    return isTemplateExtension(value) ? undefined : fillElement(evaluate, value as Json, focus, place)[0];
  const items = value.flatMap((item: unknown, at) => {
    if (typeof item !== 'object' || item === null) return item === null ? [] : [item];
    return isTemplateExtension(item) ? [] : fillElement(evaluate, item as Json, focus, `${place}[${at}]`);
  });
  return items.length > 0 ? items : undefined;
}

function isTemplateExtension(element: object): boolean {
  const { url } = element as { url?: unknown };
  return url === EXTENSIONS.templateContext || url === EXTENSIONS.templateValue;
}

/** A primitive's extensions stand beside it under `_name`. @see https://hl7.org/fhir/R4/json.html#primitive */
function fillPrimitive(
  evaluate: Evaluate,
  filled: Record<string, unknown>,
  name: string,
  beside: unknown,
  outer: Focus,
  place: string,
): void {
  const isList = Array.isArray(beside);
  const extended = (isList ? beside : [beside]).filter(
    (each): each is Json => typeof each === 'object' && each !== null,
  );
  if (!extended.some((each) => extensionsOf(each, EXTENSIONS.templateValue).length > 0)) {
    filled[`_${name}`] = structuredClone(beside);
    return;
  }
  const values = extended.flatMap((each, at) => {
    const here = isList ? `${place}[${at}]` : place;
    return fociOf(evaluate, each, outer, here).flatMap((focus) => valuesOf(evaluate, each, focus, here) ?? []);
  });
  const plain = values.filter((value) => ['string', 'number', 'boolean'].includes(typeof value));
  if (plain.length === 0) delete filled[name];
  else filled[name] = isList ? plain : plain[0];
}
