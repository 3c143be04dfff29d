import { isDay } from './days.ts';

/** Says what is wrong with a value of a primitive type and what to do; nothing when all is well. */
export type Format = (value: unknown) => string | undefined;

export const NOT_TEXT = 'This text holds a character that cannot be stored: NUL, or half of a pair.';

const MOST_TEXT = 1_048_576;
/** What FHIR allows in a text, and XML can hold: U+FFFE and U+FFFF are no characters. */
const TEXT = /^[\t\n\r\u0020-\uFFFD]*$/;
const VISIBLE = /\S/;

/**
 * The formats of the primitive types. All expressions are linear: no part of them can match in two ways.
 * @see https://hl7.org/fhir/R4/datatypes.html#primitive
 */
const FORMATS: Readonly<Record<string, Format>> = {
  boolean: (value) => (typeof value === 'boolean' ? undefined : 'Write true or false here, without quotes.'),
  string: text,
  markdown: text,
  xhtml: (value) => (typeof value === 'string' ? unwritable(value) : 'Write XHTML here, in quotes.'),
  code: matching(/^\S+(\s\S+)*$/, 'a code: no white space at its ends, and single spaces within'),
  id: matching(/^[A-Za-z0-9.-]{1,64}$/, 'an id: 1 to 64 letters, digits, dots and hyphens'),
  uri: matching(/^\S+$/, 'a URI: it has no white space'),
  url: matching(/^\S+$/, 'a URL: it has no white space'),
  canonical: matching(/^\S+$/, 'a canonical address: it has no white space'),
  oid: matching(/^urn:oid:[0-2](\.(0|[1-9]\d*))+$/, 'an OID such as "urn:oid:1.2.3"'),
  uuid: matching(
    /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i,
    'a UUID that starts with "urn:uuid:"',
  ),
  base64Binary: base64,
  date: day(/^(\d{4})(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?$/, 'a date: YYYY, YYYY-MM or YYYY-MM-DD'),
  dateTime: day(
    /^\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01])(T([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?(Z|[+-]((0\d|1[0-3]):[0-5]\d|14:00)))?)?)?$/,
    'a date, or a date with a time to the second and a time zone, e.g. "2026-03-02T09:00:00Z"',
  ),
  instant: day(
    /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?(Z|[+-]((0\d|1[0-3]):[0-5]\d|14:00))$/,
    'a date with a time to the second and a time zone, e.g. "2026-03-02T09:00:00Z"',
  ),
  time: matching(/^([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?$/, 'a time: hh:mm:ss'),
  decimal: (value) => {
    if (typeof value !== 'number') return 'Write a number here, without quotes.';
    return Number.isFinite(value)
      ? undefined
      : 'This number is too large to be kept: write one between -1.79e308 and 1.79e308.';
  },
  integer: whole(-2_147_483_648),
  unsignedInt: whole(0),
  positiveInt: whole(1),
};

/** The format of a primitive type. */
export function formatOf(type: string): Format {
  return FORMATS[type] ?? text;
}

function text(value: unknown): string | undefined {
  if (typeof value !== 'string') return 'Write text here, in quotes.';
  if (TEXT.test(value) && VISIBLE.test(value) && value.length <= MOST_TEXT && value.isWellFormed()) return undefined;
  return unstorable(value) ?? textFault(value);
}

function textFault(value: string): string {
  if (!VISIBLE.test(value)) return 'This text is empty. Write something, or leave the element out.';
  if (value.length > MOST_TEXT) return `This text has more than ${MOST_TEXT} characters. Send it as an attachment.`;
  return CONTROL;
}

const CONTROL = 'This text holds control characters other than tab and line breaks. Leave them out.';

/** What is wrong with the characters of a text. */
function unwritable(value: string): string | undefined {
  return unstorable(value) ?? (TEXT.test(value) ? undefined : CONTROL);
}

function unstorable(value: string): string | undefined {
  return value.includes('\0') || !value.isWellFormed() ? NOT_TEXT : undefined;
}

function matching(pattern: RegExp, what: string): Format {
  const fault = `This is not ${what}. Correct it.`;
  return (value) => {
    if (typeof value !== 'string') return 'Write text here, in quotes.';
    return unwritable(value) ?? (pattern.test(value) ? undefined : fault);
  };
}

function day(pattern: RegExp, what: string): Format {
  const format = matching(pattern, what);
  return (value) => {
    const fault = format(value);
    if (fault !== undefined) return fault;
    return isDay(value as string) ? undefined : 'There is no such day in the calendar. Correct the date.';
  };
}

function whole(least: number): Format {
  const fault = `Write a whole number from ${least} to 2147483647 here, without quotes.`;
  return (value) =>
    Number.isInteger(value) && (value as number) >= least && (value as number) <= 2_147_483_647 ? undefined : fault;
}

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** White space may stand in it, where lines were broken. */
function base64(value: unknown): string | undefined {
  if (typeof value !== 'string') return 'Write text here, in quotes.';
  const packed = value.replace(/\s+/g, '');
  if (packed.length > 0 && packed.length % 4 === 0 && BASE64.test(packed)) return undefined;
  return unstorable(value) ?? 'This is not base64. Encode the content with padding.';
}
