/** The system of units of measure. */
export const UCUM = 'http://unitsofmeasure.org';

/** A prefix of a metric unit, in the case-sensitive form. @see https://ucum.org/ucum#section-Prefixes */
const PREFIX = '(?:da|[KMGT]i|[YZEPTGMkhdcmunpfazy])';

/** Units of one dimension, each alone: with a factor or an exponent it is not one of these forms. */
const OF_DIMENSION: ReadonlyMap<string, RegExp> = new Map([
  ['a', new RegExp(`^(?:${PREFIX}?s|min|h|d|wk|mo(?:_[sjg])?|a(?:_[tjg])?)$`)],
  ['m', new RegExp(`^(?:${PREFIX}?m|\\[(?:in|ft|yd|mi|nmi|fth|rd|ch|lk|fur|mil)_(?:i|us|br)\\]|AU|pc|\\[ly\\])$`)],
]);

/** Whether a unit is one of time (`a`) or length (`m`), as R4's value sets ask by the property `canonical`; undefined: not known. */
export function isOfDimension(dimension: string, unit: string): boolean | undefined {
  const units = OF_DIMENSION.get(dimension);
  if (!units || !isUnit(unit)) return units && false;
  if (units.test(unit)) return true;
  // Of another dimension for sure when it is alone and of none of the forms; a product could reduce to it.
  return /^[A-Za-z%[\]_]+$/.test(unit) ? false : undefined;
}

interface Reader {
  readonly text: string;
  at: number;
}

const LONGEST = 200;

/**
 * Whether a text is written as a unit of UCUM must be: parts that are multiplied (`.`) and divided (`/`), each with
 * its exponent, in parentheses where wanted, annotations in braces. Whether there is a unit of each name is not
 * looked up. Pure.
 * @see https://ucum.org/ucum#section-Grammar-of-Units-and-Unit-Terms
 */
export function isUnit(text: string): boolean {
  if (text.length === 0 || text.length > LONGEST) return false;
  const reader: Reader = { text, at: 0 };
  return mainTerm(reader) && reader.at === text.length;
}

function mainTerm(reader: Reader): boolean {
  take(reader, '/');
  return term(reader);
}

function term(reader: Reader): boolean {
  do if (!component(reader)) return false;
  while (take(reader, '.') || take(reader, '/'));
  return true;
}

function component(reader: Reader): boolean {
  if (take(reader, '(')) return term(reader) && take(reader, ')');
  const isNamed = match(reader, FACTOR) || (match(reader, SYMBOL) && (match(reader, EXPONENT) || true));
  return match(reader, ANNOTATION) || isNamed;
}

/** A number alone: `10` of `10.s`, also `10*` and `10^` with their exponents. */
const FACTOR = /10[*^](?:[+-]?\d+)?|\d+(?![*^])/y;
/** A name begins with a letter or a sign, and has digits only where a bracket holds them. */
const SYMBOL = /(?:[A-Za-z%'"_]|\[[!-Z\\^-z|~]+\])+/y;
const EXPONENT = /[+-]?\d+/y;
const ANNOTATION = /\{[!-z|~]*\}/y;

function match(reader: Reader, pattern: RegExp): boolean {
  pattern.lastIndex = reader.at;
  if (!pattern.test(reader.text)) return false;
  reader.at = pattern.lastIndex;
  return true;
}

function take(reader: Reader, sign: string): boolean {
  if (reader.text[reader.at] !== sign) return false;
  reader.at += 1;
  return true;
}
