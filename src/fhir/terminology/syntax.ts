import { isUnit, UCUM } from './ucum.ts';

/** Whether a text is written as a code of the system must be. */
type Check = (code: string) => boolean;

const MIME = /^[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}\/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126} ?(;[ -~]{0,200})?$/;
/** Language, script, region, variants, extensions, private use; or private use alone. @see https://www.rfc-editor.org/rfc/rfc5646#section-2.1 */
const LANGUAGE =
  /^(?:(?:[a-z]{2,3}(?:-[a-z]{3}){0,3}|[a-z]{4,8})(?:-[a-z]{4})?(?:-(?:[a-z]{2}|\d{3}))?(?:-(?:[a-z0-9]{5,8}|\d[a-z0-9]{3}))*(?:-[a-wyz0-9](?:-[a-z0-9]{2,8})+)*(?:-x(?:-[a-z0-9]{1,8})+)?|x(?:-[a-z0-9]{1,8})+)$/i;
/** Tags from before the grammar that do not follow it. */
const OLD_LANGUAGES =
  /^(?:en-gb-oed|i-(?:ami|bnn|default|enochian|hak|klingon|lux|mingo|navajo|pwn|tao|tay|tsu)|sgn-(?:be-fr|be-nl|ch-de))$/i;
const LONGEST_LANGUAGE = 100;
const URI = /^[A-Za-z][A-Za-z0-9+.-]{0,40}:[^\s]{1,2000}$/;

/** The names that R4 allows beside media types, where formats are named. @see https://hl7.org/fhir/R4/http.html#mime-type */
const FORMATS: ReadonlySet<string> = new Set(['json', 'xml', 'ttl']);

const CHECKS: ReadonlyMap<string, Check> = new Map<string, Check>([
  ['urn:ietf:bcp:13', (code) => FORMATS.has(code) || MIME.test(code)],
  ['urn:ietf:bcp:47', isLanguage],
  [UCUM, isUnit],
  ['urn:ietf:rfc:3986', (code) => URI.test(code)],
]);

/**
 * Whether a code can be one of a system that has a grammar instead of a list: media types, languages, UCUM units,
 * URIs. Only its form is checked: whether somebody registered it is not looked up. Pure.
 * @returns undefined when the system has no grammar that is known here
 */
export function hasForm(system: string, code: string): boolean | undefined {
  return CHECKS.get(system)?.(code);
}

function isLanguage(code: string): boolean {
  return code.length <= LONGEST_LANGUAGE && (LANGUAGE.test(code) || OLD_LANGUAGES.test(code));
}

/** Value sets that are all of such a system, and that no definition here describes. */
const WHOLE_SYSTEMS: ReadonlyMap<string, string> = new Map([
  ['http://www.rfc-editor.org/bcp/bcp13.txt', 'urn:ietf:bcp:13'],
  ['http://terminology.hl7.org/ValueSet/v3-UnitsOfMeasureCaseSensitive', UCUM],
]);

/** The system whose codes, all of them, are a value set that is known by its address alone. */
export function systemOf(valueSetUrl: string): string | undefined {
  return WHOLE_SYSTEMS.get(valueSetUrl);
}
