import { PRESENT, tokenKey } from '../../../store/index/keys.ts';
import { CASELESS, ofType } from '../../../store/index/tokens.ts';
import type { Condition } from '../../conditions/condition.ts';
import { indexNames, type TypedParameter, type Use } from '../../conditions/context.ts';
import { noModifier, refused } from '../../conditions/refusal.ts';
import { splitValue, unescapeValue } from '../../conditions/values.ts';
import type { Parameter } from '../../parameters/parameter.ts';
import { prefixQuery } from '../read-text.ts';
import { impliedSystem, isPrimitive, writtenForms } from './code-case.ts';
import { codesAround } from './read-hierarchy.ts';

/** A search by a code, an identifier or the like. @see https://hl7.org/fhir/R4/search.html#token */
export function readToken(use: Use): Condition {
  switch (use.modifier) {
    case undefined:
      return { kind: 'keys', keys: tokenKeys(use) };
    case 'not':
      return { kind: 'not', condition: { kind: 'keys', keys: tokenKeys(use) } };
    case 'text':
      return prefixQuery(
        use,
        indexNames(use).map(({ type, key }) => ({ type, key: `${key}:text` })),
      );
    case 'in':
      return { kind: 'keys', keys: codesOfValueSet(use) };
    case 'not-in':
      return { kind: 'not', condition: { kind: 'keys', keys: codesOfValueSet(use) } };
    case 'of-type':
      return { kind: 'keys', keys: use.values.flatMap((value) => keysFor(use, () => [ofTypeForm(use, value)])) };
    case 'above':
    case 'below':
      return { kind: 'keys', keys: keysAround(use) };
    default:
      throw noModifier(use.name, use.modifier, 'token', [
        ...['not', 'text', 'in', 'not-in', 'above', 'below', 'of-type', 'missing'],
      ]);
  }
}

function tokenKeys(use: Use): string[] {
  return use.values.flatMap((value) => {
    const parts = splitValue(value, '|').map(unescapeValue);
    if (parts.length > 2)
      throw refused(use.name, 'Write a token as code or system|code, and a | that is part of it as \\|.');
    return keysFor(use, (typed) => waysToWrite(use, parts, typed).flatMap((each) => tokenForms(each, typed)));
  });
}

/** A code with its system, in each way it may be written there. */
function waysToWrite({ context }: Use, parts: readonly string[], typed: TypedParameter): (readonly string[])[] {
  const [system, code] = parts;
  if (parts.length !== 2 || !system || !code || isCaseless(typed.parameter)) return [parts];
  return writtenForms(context, system, code).map((each) => [system, each]);
}

function keysAround(use: Use): string[] {
  return use.values.flatMap((value) =>
    use.parameters.flatMap((typed) =>
      codesAround(use, value, typed).flatMap(([system, code]) =>
        keysFor({ ...use, parameters: [typed] }, () => tokenForms([system, code], typed)),
      ),
    ),
  );
}

function keysFor({ parameters }: Use, forms: (typed: TypedParameter) => readonly string[]): string[] {
  return parameters.flatMap((typed) => {
    const all = forms(typed);
    return typed.parameter.keys.flatMap((key) => all.map((form) => tokenKey(typed.type, key, form)));
  });
}

/** The forms of the index that meet a value. @param parts the code, or the system and the code */
export function tokenForms(parts: readonly string[], typed: TypedParameter): string[] {
  const { parameter } = typed;
  const code = parts.at(-1) ?? '';
  const system = parts.length > 1 ? parts[0] : undefined;
  if (system !== undefined && code === '') return [system === '' ? PRESENT : `${system}|`];
  const prefix = system === undefined ? '' : `${system}|`;
  const forms = [`${prefix}${code}`];
  if (isCaseless(parameter) || parameter.values.has('boolean')) forms.push(`${prefix}${code.toLowerCase()}`);
  // A plain code has no system of its own: none is asked for, or the one that its definition names.
  const isPlain = system !== undefined && isPrimitive(parameter);
  if (isPlain && (system === '' || system === impliedSystem(typed))) forms.push(code);
  return [...new Set(forms)];
}

export function isCaseless({ values }: Parameter): boolean {
  return !values.isDisjointFrom(CASELESS);
}

function ofTypeForm(use: Use, value: string): string {
  const [system, code, identifier, ...more] = splitValue(value, '|').map(unescapeValue);
  if (!code || !identifier || more.length > 0) {
    throw refused(
      use.name,
      'Write its value as the system and the code of the type, then the identifier: system|code|value.',
    );
  }
  return ofType(system ?? '', code, identifier);
}

const MOST_CODES = 10_000;

function codesOfValueSet(use: Use): string[] {
  const keys = use.values.flatMap((value) => {
    const codes = use.context.codesIn?.(unescapeValue(value));
    if (!codes)
      throw refused(
        use.name,
        'This server does not know the value set, or not all of its codes. Name the codes, separated by commas.',
      );
    return [...codes].flatMap(([system, each]) => [...each].flatMap((code) => codeKeys(use, system, code)));
  });
  if (keys.length > MOST_CODES) throw refused(use.name, `The value set has more than ${MOST_CODES} codes.`);
  return keys;
}

function codeKeys(use: Use, system: string, code: string): string[] {
  return keysFor(use, ({ parameter }) => (isPrimitive(parameter) ? [code] : [`${system}|${code}`]));
}
