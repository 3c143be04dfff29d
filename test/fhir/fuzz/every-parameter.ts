import fc from 'fast-check';
import { storedTypes } from '../../../src/fhir/definitions.ts';
import { parametersOf } from '../../../src/fhir/search/parameters/parameter.ts';
import type { Asked } from './judge.ts';
import { encodings, MODIFIERS, PREFIXES, value } from './searches.ts';

/** A search parameter of a type. */
export interface Named {
  readonly type: string;
  readonly code: string;
}

/** The search parameters of all types. To be called when definitions are loaded. */
export function everyParameter(): Named[] {
  return storedTypes().flatMap((type) => [...parametersOf(type).keys()].map((code) => ({ type, code })));
}

/**
 * A search by a parameter. One after another they take each modifier and each prefix in turn: the numbers of both have
 * no divisor in common, so that they come together in all ways. It may be sorted and included by, too.
 */
export function searchesBy({ type, code }: Named, at: number): fc.Arbitrary<Asked> {
  const modifier = MODIFIERS[at % MODIFIERS.length] ?? '';
  const prefix = PREFIXES[at % PREFIXES.length] ?? '';
  const beside = fc.constantFrom('', `&_sort=-${code}`, `&_include=${type}:${code}`, `&${code}=y`, '&_total=accurate');
  return fc.tuple(value, fc.constantFrom(...encodings), beside, fc.constantFrom('strict', 'lenient')).map(
    ([said, encode, more, handling]): Asked => ({
      method: 'GET',
      path: `/fhir/R4/${type}?${code}${modifier}=${prefix}${encode(said)}${more}`,
      headers: { prefer: `handling=${handling}` },
    }),
  );
}
