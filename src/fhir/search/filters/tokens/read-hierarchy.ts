import { ancestorsOf, descendantsOf } from '../../../terminology/code-system.ts';
import type { TypedParameter, Use } from '../../conditions/context.ts';
import { refused } from '../../conditions/refusal.ts';
import { splitValue, unescapeValue } from '../../conditions/values.ts';
import { impliedSystem } from './code-case.ts';

/** A code in its code system. */
export type SystemCode = readonly [system: string, code: string];

/**
 * What a value of a search by `:above` or `:below` means: the code itself, and those that it is a kind of, or that are
 * kinds of it.
 * @throws AppError (400) when the hierarchy of the code's system is not known here
 * @see https://hl7.org/fhir/R4/search.html#modifiers
 */
export function codesAround(use: Use, value: string, typed: TypedParameter): SystemCode[] {
  const parts = splitValue(value, '|').map(unescapeValue);
  const code = parts.at(-1) ?? '';
  const system = parts.length === 2 ? parts[0] : impliedSystem(typed);
  if (parts.length > 2 || !system || code === '') throw refused(use.name, 'Write its value as system|code.');
  const known = use.context.codeSystem?.(system);
  if (!known?.concepts.has(code)) {
    const what = known ? 'does not know this code of the system' : 'does not know the code system';
    throw refused(
      use.name,
      `This server ${what}, and so not what is above or below it. Name the codes, separated by commas.`,
    );
  }
  const around = use.modifier === 'above' ? ancestorsOf(known, code) : descendantsOf(known, code);
  return [code, ...around].map((each) => [system, each]);
}
