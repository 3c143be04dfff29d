import { addressKey, foldText, LONGEST_TEXT, lexeme, textKey, textPrefix, tokenKey } from '../../store/index/keys.ts';
import type { Condition } from '../conditions/condition.ts';
import { indexNames, type Use } from '../conditions/context.ts';
import { noModifier, refused } from '../conditions/refusal.ts';
import { unescapeValue } from '../conditions/values.ts';

type IndexName = ReturnType<typeof indexNames>[number];

/** A search by a text. @see https://hl7.org/fhir/R4/search.html#string */
export function readText(use: Use): Condition {
  const names = indexNames(use);
  switch (use.modifier) {
    case undefined:
      return prefixQuery(use, names);
    case 'exact': {
      const lexemes = cross(use, names, ({ type, key }, value) => lexeme(textKey(type, key, value)));
      return { kind: 'texts', query: lexemes.join(' | ') };
    }
    case 'contains': {
      const needles = use.values.map((value) => foldText(unescapeValue(value)));
      return { kind: 'contains', prefixes: names.map(({ type, key }) => textPrefix(type, key, '')), needles };
    }
    default:
      throw noModifier(use.name, use.modifier, 'string', ['exact', 'contains', 'missing']);
  }
}

/** A search by how texts begin, without regard to case and accents. */
export function prefixQuery(use: Use, names: readonly IndexName[]): Condition {
  const lexemes = cross(use, names, ({ type, key }, value) => {
    const folded = foldText(value);
    if (folded.length > LONGEST_TEXT) {
      throw refused(use.name, `Give at most the first ${LONGEST_TEXT} characters, or the whole text with :exact.`);
    }
    return `${lexeme(textPrefix(type, key, folded))}:*`;
  });
  return { kind: 'texts', query: lexemes.join(' | ') };
}

function cross(use: Use, names: readonly IndexName[], make: (name: IndexName, value: string) => string): string[] {
  return use.values.flatMap((value) => names.map((name) => make(name, unescapeValue(value))));
}

/** How a query finds whatever stands under these names. */
export function anyTextQuery(names: readonly IndexName[]): string {
  return names.map(({ type, key }) => `${lexeme(textPrefix(type, key, ''))}:*`).join(' | ');
}

/** A search by an address. @see https://hl7.org/fhir/R4/search.html#uri */
export function readUri(use: Use): Condition {
  const names = indexNames(use);
  const exact = (values: (value: string) => readonly string[]): Condition => ({
    kind: 'keys',
    keys: use.values.flatMap((value) =>
      names.flatMap(({ type, key }) => values(unescapeValue(value)).map((each) => tokenKey(type, key, each))),
    ),
  });
  if (use.modifier !== undefined && use.values.some((value) => /^urn:/i.test(value))) {
    throw refused(use.name, `:${use.modifier} is for URLs only: what stands above or below a URN it does not say.`);
  }
  switch (use.modifier) {
    case undefined:
      return exact((value) => [value]);
    case 'above':
      return exact(ancestorsOf);
    case 'below': {
      const lexemes = cross(use, names, ({ type, key }, value) => `${lexeme(addressKey(type, key, value))}:*`);
      return { kind: 'texts', query: lexemes.join(' | ') };
    }
    default:
      throw noModifier(use.name, use.modifier, 'uri', ['above', 'below', 'missing']);
  }
}

/** An address, and those it lies below: `a/b/c`, `a/b`, `a`, each with a slash at the end and without. */
function ancestorsOf(address: string): string[] {
  const segments = address.split('/').slice(0, 50);
  const all = segments.flatMap((_, at) => {
    const above = segments.slice(0, segments.length - at).join('/');
    return at === 0 ? [above] : [above, `${above}/`];
  });
  return all.filter((each) => each !== '');
}
