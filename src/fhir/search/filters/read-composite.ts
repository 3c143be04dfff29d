import { groupKey } from '../../store/index/groups.ts';
import { tokenKey } from '../../store/index/keys.ts';
import { allOf, anyOf, type Condition, type GroupPart } from '../conditions/condition.ts';
import type { TypedParameter, Use } from '../conditions/context.ts';
import { noModifier, refused } from '../conditions/refusal.ts';
import { splitValue, unescapeValue } from '../conditions/values.ts';
import { type Component, type Composite, compositeNamed } from '../parameters/composite.ts';
import { type Parameter, type ParameterType, parameterAt, parametersOf } from '../parameters/parameter.ts';
import { isQuantity, rangeTests } from './read-range.ts';
import { referenceForms } from './read-reference.ts';
import { readSimple } from './read-simple.ts';
import { tokenForms } from './tokens/read-token.ts';

/**
 * A search by several values of the same element, joined by `$`.
 * @see https://hl7.org/fhir/R4/search.html#combining
 */
export function readComposite(use: Use, typed: TypedParameter): Condition {
  if (use.modifier !== undefined) throw noModifier(use.name, use.modifier, 'composite', ['missing']);
  const { type, parameter } = typed;
  const ofType = { ...use, parameters: [typed] };
  return anyOf(compositesOf(type, parameter).map((composite) => conditionOf(ofType, type, composite)));
}

/** What a composite stands under in the index: itself, or those that together find the same. */
export function compositesOf(type: string, { keys }: Parameter): Composite[] {
  const parameters = keys.flatMap((key) => parametersOf(type).get(key) ?? []);
  return parameters.map((parameter) => compositeNamed(type, parameter));
}

function conditionOf(use: Use, type: string, composite: Composite): Condition {
  const { components, isWhole, parameter } = composite;
  const values = use.values.map((value) => splitParts(use, composite, value));
  if (isWhole) return anyOf(values.map((parts) => wholeOf(use, type, composite, parts)));
  const alternatives = values.flatMap((parts) =>
    eachWay(components.map((component, at) => partsOf(use, component, parts, at))),
  );
  const firsts = alternatives.flatMap(([first]) => first?.keys ?? []);
  const keys = [...new Set(firsts)].map((key) => tokenKey(type, parameter.code, key.slice(2)));
  return { kind: 'group', param: parameter.code, keys, alternatives };
}

function splitParts(use: Use, { components }: Composite, value: string): string[] {
  const parts = splitValue(value, '$');
  if (parts.length === components.length && parts.every((part) => part !== '')) return parts;
  throw refused(use.name, `Its value has ${components.length} parts, joined by $.`);
}

/** The element is the resource itself: each part is a search of its own. */
function wholeOf(use: Use, type: string, { components }: Composite, parts: readonly string[]): Condition {
  return allOf(
    components.map(({ definition }, at) => {
      const parameter = parameterAt(type, definition);
      if (!parameter) throw refused(use.name, 'This server does not know what its parts are.');
      const { context, name } = use;
      return readSimple({
        context,
        name,
        modifier: undefined,
        parameters: [{ type, parameter }],
        values: [parts[at] ?? ''],
      });
    }),
  );
}

/** One of each part's kinds with one of each other's. */
function eachWay(options: readonly (readonly GroupPart[])[]): GroupPart[][] {
  return options.reduce<GroupPart[][]>(
    (ways, parts) => ways.flatMap((way) => parts.map((part) => [...way, part])),
    [[]],
  );
}

/** What a part may be met by: of an element that can hold several types, whichever the value can mean. */
function partsOf(use: Use, { kinds, definition }: Component, values: readonly string[], at: number): GroupPart[] {
  const value = values[at] ?? '';
  const part = at + 1;
  const wanted = kinds.length > 1 ? kinds.filter((kind) => canMean(kind, value)) : kinds;
  if (wanted.length === 0) throw refused(use.name, `Part ${part} of its value is none of: ${kinds.join(', ')}.`);
  return wanted.flatMap((kind): GroupPart[] => {
    if (kind !== 'token' && kind !== 'reference') return rangeTests(use, kind, value).map((test) => ({ part, test }));
    const forms = kind === 'token' ? partTokens(use, value, definition) : partReferences(use, value, definition);
    return [{ part, keys: forms.map((form) => groupKey(part, form)) }];
  });
}

function canMean(kind: ParameterType, value: string): boolean {
  if (kind === 'reference') return value.includes('/') && !value.includes('|');
  return kind === 'quantity' ? isQuantity(value) : splitValue(value, '|').length <= 2;
}

function partReferences(use: Use, value: string, definition: string): string[] {
  return use.parameters.flatMap(({ type }) => {
    const parameter = parameterAt(type, definition);
    return parameter ? referenceForms(use, unescapeValue(value), parameter) : [];
  });
}

/** Parts are exact in case, and hold codes: the forms do not depend on the parameter they are like. */
function partTokens(use: Use, value: string, definition: string): string[] {
  const parts = splitValue(value, '|').map(unescapeValue);
  if (parts.length > 2) throw refused(use.name, 'Write a token as code or system|code.');
  const typed = use.parameters.flatMap(({ type }) => {
    const parameter = parameterAt(type, definition);
    return parameter ? [{ type, parameter }] : [];
  });
  return typed[0]?.parameter.type === 'token' ? tokenForms(parts, typed[0]) : [parts.join('|')];
}
