import { createHash } from 'node:crypto';

/** The longest key kept as it is; what an index entry can hold is about 2,700 bytes. */
const LONGEST = 400;

/**
 * The form in which an exact value stands in the index, e.g. `Task.status=requested`. A long one is cut, and told
 * apart by a digest of all of it.
 */
export function tokenKey(type: string, param: string, value: string): string {
  const key = `${type}.${param}=${value}`;
  return key.length <= LONGEST ? key : `${cut(key, LONGEST)}#${digest(key)}`;
}

/** What a value stands under that has no form of its own, so that the parameter is not missing. */
export const PRESENT = '*';

/**
 * Letters that are others with a stroke, or two in one, and are not taken apart by normalization; and what case folding
 * alone makes the same. @see https://www.unicode.org/reports/tr44/#CaseFolding.txt
 */
const LETTERS: ReadonlyMap<string, string> = new Map([
  ['ß', 'ss'],
  ['æ', 'ae'],
  ['œ', 'oe'],
  ['þ', 'th'],
  ['ø', 'o'],
  ['ł', 'l'],
  ['đ', 'd'],
  ['ð', 'd'],
  ['ħ', 'h'],
  ['ŧ', 't'],
  ['ı', 'i'],
  ['ς', 'σ'],
]);
const UNPLAIN = new RegExp(`[${[...LETTERS.keys()].join('')}]`, 'gu');

/** A string as searches compare it: no accents, lower case. @see https://hl7.org/fhir/R4/search.html#string */
export function foldText(text: string): string {
  // Most names are plain: they need no decomposing.
  if (/^[\x20-\x7e]*$/.test(text)) return text.toLowerCase().trim();
  const bare = text.normalize('NFKD').replace(/[\p{M}\p{Cc}]+/gu, '');
  return (
    bare
      .toLowerCase()
      .replace(UNPLAIN, (letter) => LETTERS.get(letter) ?? letter)
      // A syllable of Hangul is one letter, which does not begin with another.
      .normalize('NFC')
      .trim()
  );
}

/** How much of a text is kept for finding it by how it begins. */
export const LONGEST_TEXT = 200;

const SEPARATOR = '\u0001';

/**
 * The form in which a text stands in the index: folded, then as written, so that one entry answers both a search by
 * its beginning and one for exactly this text.
 */
export function textKey(type: string, param: string, text: string): string {
  return `${textPrefix(type, param, cut(foldText(text), LONGEST_TEXT))}${SEPARATOR}${exactPart(text)}`;
}

/** How the keys of texts that begin with `folded` begin. */
export function textPrefix(type: string, param: string, folded: string): string {
  return `${type}.${param}=${folded}`;
}

/** The form in which an address stands among the texts, for searches by how it begins. */
export function addressKey(type: string, param: string, address: string): string {
  return textPrefix(type, param, cut(address, LONGEST));
}

/** A key as a word of a full text query, quoted. @see https://www.postgresql.org/docs/15/datatype-textsearch.html */
export function lexeme(key: string): string {
  return `'${key.replace(/['\\]/g, '$&$&')}'`;
}

function exactPart(text: string): string {
  return text.length <= LONGEST_TEXT ? text : `#${digest(text)}`;
}

/** The beginning of a text, without half of a pair at its end: that could not be stored. */
export function cut(text: string, length: number): string {
  const beginning = text.slice(0, length);
  return beginning.isWellFormed() ? beginning : beginning.slice(0, -1);
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
