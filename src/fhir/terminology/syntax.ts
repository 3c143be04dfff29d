/** Whether a text is written as a code of the system must be. */
type Check = (code: string) => boolean;

const MIME = /^[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}\/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126} ?(;[ -~]{0,200})?$/;
const LANGUAGE = /^(?:[A-Za-z]{2,8}|[xXiI])(?:-[A-Za-z0-9]{1,8})*$/;
const UNIT = /^[!-~]{1,100}$/;
const URI = /^[A-Za-z][A-Za-z0-9+.-]{0,40}:[^\s]{1,2000}$/;

/** The names that R4 allows beside media types, where formats are named. @see https://hl7.org/fhir/R4/http.html#mime-type */
const FORMATS: ReadonlySet<string> = new Set(['json', 'xml', 'ttl']);

const CHECKS: ReadonlyMap<string, Check> = new Map<string, Check>([
  ['urn:ietf:bcp:13', (code) => FORMATS.has(code) || MIME.test(code)],
  ['urn:ietf:bcp:47', (code) => LANGUAGE.test(code)],
  ['http://unitsofmeasure.org', (code) => UNIT.test(code) && isBalanced(code)],
  ['urn:ietf:rfc:3986', (code) => URI.test(code)],
]);

/**
 * Whether a code can be one of a system that has a grammar instead of a list: media types, languages, UCUM units,
 * URIs. Only its form is checked. Pure.
 * @returns undefined when the system has no grammar that is known here
 */
export function hasForm(system: string, code: string): boolean | undefined {
  return CHECKS.get(system)?.(code);
}

/** Whether brackets close as they open. @see https://ucum.org/ucum */
function isBalanced(unit: string): boolean {
  const open: string[] = [];
  for (const sign of unit) {
    if ('([{'.includes(sign)) open.push(sign);
    const at = ')]}'.indexOf(sign);
    if (at >= 0 && open.pop() !== '([{'[at]) return false;
  }
  return open.length === 0;
}
