/**
 * Splits a search value at a sign that is not escaped with a backslash. The parts stay escaped. Pure.
 * @see https://hl7.org/fhir/R4/search.html#escaping
 */
export function splitValue(value: string, sign: ',' | '|' | '$'): string[] {
  const parts: string[] = [];
  let from = 0;
  for (let at = 0; at < value.length; at += 1) {
    if (value[at] === '\\') at += 1;
    else if (value[at] === sign) {
      parts.push(value.slice(from, at));
      from = at + 1;
    }
  }
  return [...parts, value.slice(from)];
}

/** A value as it was meant: `\,` is a comma. Pure. */
export function unescapeValue(value: string): string {
  return value.includes('\\') ? value.replace(/\\([,$|\\])/g, '$1') : value;
}

/** The alternatives of a value, still escaped; empty ones are none. Pure. */
export function alternativesOf(value: string): string[] {
  return splitValue(value, ',').filter((each) => each !== '');
}
