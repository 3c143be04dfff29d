import { isKnownType } from '../../definitions.ts';
import { tokenKey } from '../../store/index/keys.ts';
import { IDENTIFIED } from '../../store/index/tokens.ts';
import type { Condition } from '../conditions/condition.ts';
import type { Use } from '../conditions/context.ts';
import { noModifier, refused } from '../conditions/refusal.ts';
import { splitValue, unescapeValue } from '../conditions/values.ts';
import type { Parameter } from '../parameters/parameter.ts';

/** A search by what a resource refers to. @see https://hl7.org/fhir/R4/search.html#reference */
export function readReference(use: Use): Condition {
  const { modifier } = use;
  if (modifier === 'identifier') return keys(use, (value) => identifierForms(value));
  if (modifier === undefined)
    return keys(use, (value, parameter) => referenceForms(use, unescapeValue(value), parameter));
  if (!isKnownType(modifier)) throw noModifier(use.name, modifier, 'reference', ['identifier', 'missing', '[type]']);
  return keys(use, (value, parameter) => {
    requireTarget(use.name, parameter, modifier);
    const id = unescapeValue(value).replace(`${modifier}/`, '');
    if (id.includes('/')) throw refused(use.name, `With :${modifier} its value is the id of a ${modifier}.`);
    return local(use, `${modifier}/${id}`);
  });
}

function keys(use: Use, forms: (value: string, parameter: Parameter) => readonly string[]): Condition {
  const all = use.values.flatMap((value) =>
    use.parameters.flatMap(({ type, parameter }) =>
      forms(value, parameter).flatMap((form) => parameter.keys.map((key) => tokenKey(type, key, form))),
    ),
  );
  return { kind: 'keys', keys: all };
}

/** @throws AppError when a parameter never refers to a type */
export function requireTarget(name: string, { targets }: Parameter, type: string): void {
  if (targets.includes(type)) return;
  throw refused(name, `It does not refer to ${type}, but to ${targets.slice(0, 10).join(', ')}.`);
}

function identifierForms(value: string): string[] {
  const parts = splitValue(value, '|').map(unescapeValue);
  const code = parts.pop() ?? '';
  const prefix = IDENTIFIED + parts.map((part) => `${part}|`).join('');
  return [...new Set([prefix + code, prefix + code.toLowerCase()])];
}

/** The forms of the index that meet a reference. @param value unescaped */
export function referenceForms(use: Use, value: string, { targets, only }: Parameter): string[] {
  const { base } = use.context;
  if (value.startsWith(`${base}/`)) return [value, value.slice(base.length + 1)];
  if (/^[a-z][a-z0-9+.-]*:/i.test(value)) return [value];
  const [type = '', id] = value.split('/');
  if (id === undefined) return targets.map((target) => `${target}/${value}`);
  return only !== undefined && only !== type ? [] : local(use, value);
}

/** A reference to a resource of this server may have been written with its whole address. */
function local({ context }: Use, reference: string): string[] {
  return [reference, `${context.base}/${reference}`];
}
