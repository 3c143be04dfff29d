import type { Extension, Resource } from '@medplum/fhirtypes';
import { withNumbersOf } from '../../../../db/written-numbers.ts';
import { copied } from '../../../rest/patch/copied.ts';
import { orNoteLater } from '../../notes.ts';
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
export async function fillIn(
  extraction: Extraction,
  here: Here,
  template: Resource,
  place: string,
): Promise<Resource | undefined> {
  const evaluate: Evaluate = async ({ valueString, valueExpression }, focus, at) => {
    const expression = valueString ?? valueExpression?.expression ?? '';
    const formula = { name: undefined, language: 'text/fhirpath', expression, place: at };
    return (await orNoteLater(extraction.notes, () => evaluateIn(extraction, here.scope, formula, focus))) ?? [];
  };
  const focus = { focus: here.focus, base: here.base };
  const [filled] = await fillElement(evaluate, template as unknown as Json, focus, place);
  return filled as Resource | undefined;
}

type Evaluate = (extension: Extension, focus: Focus, place: string) => Promise<unknown[]>;

/** What an element of a template becomes: nothing, one, or several. */
async function fillElement(evaluate: Evaluate, element: Json, outer: Focus, place: string): Promise<unknown[]> {
  const elements: unknown[] = [];
  for (const focus of await fociOf(evaluate, element, outer, place)) {
    const values = await valuesOf(evaluate, element, focus, place);
    const filled = values ? {} : await fillFields(evaluate, element, focus, place);
    if (values) elements.push(...copied(values));
    else if (Object.keys(filled).length > 0) elements.push(withNumbersOf(element, filled));
  }
  return elements;
}

/** Each thing the context of an element finds; what it stood in when it has none. */
async function fociOf(evaluate: Evaluate, element: Json, outer: Focus, place: string): Promise<Focus[]> {
  const [context] = extensionsOf(element, EXTENSIONS.templateContext);
  if (!context) return [outer];
  const found = await evaluate(context.extension, outer, `${place}.extension[${context.at}]`);
  return found.map((focus) => ({ focus }));
}

async function valuesOf(
  evaluate: Evaluate,
  element: Json,
  focus: Focus,
  place: string,
): Promise<unknown[] | undefined> {
  const [value] = extensionsOf(element, EXTENSIONS.templateValue);
  return value && evaluate(value.extension, focus, `${place}.extension[${value.at}]`);
}

async function fillFields(
  evaluate: Evaluate,
  element: Json,
  focus: Focus,
  place: string,
): Promise<Record<string, unknown>> {
  const filled: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(element)) {
    const next = name.startsWith('_') ? undefined : await fillValue(evaluate, value, focus, `${place}.${name}`);
    if (next !== undefined) filled[name] = next;
  }
  for (const [name, beside] of Object.entries(element)) {
    if (name.startsWith('_')) await fillPrimitive(evaluate, filled, { name: name.slice(1), beside }, focus, place);
  }
  return filled;
}

async function fillValue(evaluate: Evaluate, value: unknown, focus: Focus, place: string): Promise<unknown> {
  if (typeof value !== 'object' || value === null) return value;
  if (!Array.isArray(value))
    return isTemplateExtension(value) ? undefined : (await fillElement(evaluate, value as Json, focus, place))[0];
  const items: unknown[] = [];
  for (const [at, item] of value.entries()) {
    if (typeof item !== 'object') items.push(item);
    else if (item !== null && !isTemplateExtension(item))
      items.push(...(await fillElement(evaluate, item as Json, focus, `${place}[${at}]`)));
  }
  return items.length > 0 ? items : undefined;
}

function isTemplateExtension(element: object): boolean {
  const { url } = element as { url?: unknown };
  return url === EXTENSIONS.templateContext || url === EXTENSIONS.templateValue;
}

/** A primitive's extensions stand beside it under `_name`. @see https://hl7.org/fhir/R4/json.html#primitive */
async function fillPrimitive(
  evaluate: Evaluate,
  filled: Record<string, unknown>,
  { name, beside }: { readonly name: string; readonly beside: unknown },
  outer: Focus,
  parent: string,
): Promise<void> {
  const isList = Array.isArray(beside);
  const extended = (isList ? beside : [beside]).filter(
    (each): each is Json => typeof each === 'object' && each !== null,
  );
  if (!extended.some((each) => extensionsOf(each, EXTENSIONS.templateValue).length > 0)) {
    filled[`_${name}`] = copied(beside);
    return;
  }
  const values: unknown[] = [];
  for (const [at, each] of extended.entries()) {
    const place = isList ? `${parent}.${name}[${at}]` : `${parent}.${name}`;
    for (const focus of await fociOf(evaluate, each, outer, place))
      values.push(...((await valuesOf(evaluate, each, focus, place)) ?? []));
  }
  const plain = values.filter((value) => ['string', 'number', 'boolean'].includes(typeof value));
  if (plain.length === 0) delete filled[name];
  else filled[name] = isList ? plain : plain[0];
}
