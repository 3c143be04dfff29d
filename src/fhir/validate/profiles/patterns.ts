import { isObject } from '../walk.ts';

/**
 * Whether a value has everything a pattern has: of an object the same elements at least, of a list each item somewhere.
 * @see https://hl7.org/fhir/R4/elementdefinition-definitions.html#ElementDefinition.pattern_x_
 */
export function matchesPattern(value: unknown, pattern: unknown): boolean {
  if (Array.isArray(pattern)) {
    return Array.isArray(value) && pattern.every((item) => value.some((each) => matchesPattern(each, item)));
  }
  if (!isObject(pattern)) return value === pattern;
  return isObject(value) && Object.keys(pattern).every((key) => matchesPattern(value[key], pattern[key]));
}
