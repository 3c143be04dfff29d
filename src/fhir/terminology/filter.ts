import type { ValueSetComposeIncludeFilter } from '@medplum/fhirtypes';
import { ancestorsOf, descendantsOf, type KnownCodeSystem, type KnownConcept, propertyValues } from './code-system.ts';

/** Whether a concept passes; undefined for a filter that cannot be applied here. */
export type Test = (concept: KnownConcept) => boolean;

/**
 * A filter of a value set as a test of concepts. Pure.
 * @returns undefined when it cannot be applied: an operator or a pattern that is not served
 * @see https://hl7.org/fhir/R4/valueset-filter-operator.html
 */
export function filterTest(system: KnownCodeSystem, filter: ValueSetComposeIncludeFilter): Test | undefined {
  const { op, property, value } = filter;
  if (!property || value === undefined) return undefined;
  switch (op) {
    case 'is-a':
      return within(new Set([value, ...descendantsOf(system, value)]));
    case 'descendent-of':
      return within(descendantsOf(system, value));
    case 'is-not-a':
      return not(within(new Set([value, ...descendantsOf(system, value)])));
    case 'generalizes':
      return within(new Set([value, ...ancestorsOf(system, value)]));
    case '=':
      return (concept) => valuesOf(concept, property).includes(value);
    case 'in':
      return oneOf(property, value);
    case 'not-in':
      return not(oneOf(property, value));
    case 'exists':
      return (concept) => valuesOf(concept, property).length > 0 === (value === 'true');
    case 'regex':
      return matching(property, value);
    default:
      return undefined;
  }
}

function within(codes: ReadonlySet<string>): Test {
  return ({ code }) => codes.has(code);
}

function not(test: Test): Test {
  return (concept) => !test(concept);
}

function oneOf(property: string, list: string): Test {
  const values = new Set(list.split(',').map((each) => each.trim()));
  return (concept) => valuesOf(concept, property).some((each) => values.has(each));
}

const LONGEST_PATTERN = 100;
const LONGEST_TEXT = 200;
/** Parts of a pattern: a class, an escaped sign, or a plain one; then how often. No groups, so nothing is tried twice over. */
const PART =
  /(?:\[[^\]\\[]{1,60}\]|\\[dDwWsS.\-/+*?()[\]{}|^$\\]|[A-Za-z0-9 _:;,.@#%&=~'"!<>/-])(\*|\+|\?|\{\d{1,2}(,\d{0,2})?\})?/y;
const MOST_OPEN_ENDS = 2;

/** A test by a pattern written by a stranger: only patterns that are quick on any text. */
function matching(property: string, pattern: string): Test | undefined {
  if (!isQuick(pattern)) return undefined;
  const expression = new RegExp(`^(?:${pattern})$`, 'u');
  return (concept) => valuesOf(concept, property).some((each) => each.length <= LONGEST_TEXT && expression.test(each));
}

/** Whether a pattern is read in time proportional to its text, or nearly. Pure. */
export function isQuick(pattern: string): boolean {
  if (pattern.length > LONGEST_PATTERN) return false;
  let openEnds = 0;
  const part = new RegExp(PART);
  while (part.lastIndex < pattern.length) {
    const found = part.exec(pattern);
    if (!found) return false;
    if (found[1] && (!found[1].startsWith('{') || found[2])) openEnds += 1;
  }
  return openEnds <= MOST_OPEN_ENDS && compiles(pattern);
}

function compiles(pattern: string): boolean {
  try {
    return Boolean(new RegExp(`^(?:${pattern})$`, 'u'));
  } catch {
    return false;
  }
}

function valuesOf(concept: KnownConcept, property: string): string[] {
  if (property === 'code' || property === 'concept') return [concept.code];
  if (property === 'display') return concept.display ? [concept.display] : [];
  if (property === 'parent') return [...concept.parents, ...propertyValues(concept, 'parent')];
  if (property === 'child') return [...concept.children, ...propertyValues(concept, 'child')];
  return propertyValues(concept, property);
}
