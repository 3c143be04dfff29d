import type { SearchContext, TypedParameter } from '../../conditions/context.ts';
import type { Parameter } from '../../parameters/parameter.ts';

const STRUCTURED: ReadonlySet<string> = new Set(['Coding', 'CodeableConcept', 'Identifier', 'ContactPoint']);

/** Whether the values of a parameter are plain codes, texts or the like. */
export function isPrimitive({ values }: Pick<Parameter, 'values'>): boolean {
  return values.isDisjointFrom(STRUCTURED);
}

/** The code system of an element that is a plain code, after the value set it is bound to; undefined for others. */
export function impliedSystem({ parameter }: Pick<TypedParameter, 'parameter'>): string | undefined {
  const { values, valueSet } = parameter;
  if (!isPrimitive(parameter)) return undefined;
  if (values.size === 1 && values.has('boolean')) return 'http://terminology.hl7.org/CodeSystem/special-values';
  return valueSet?.split('|')[0]?.replace('/ValueSet/', '/');
}

/**
 * The ways in which a code may be written, where its system does not tell upper from lower case: as it was asked for, as
 * the system writes it, and all in lower or upper case. Where the system does, or is not known: as it was asked for.
 * @see https://hl7.org/fhir/R4/search.html#token
 */
export function writtenForms(
  { codeSystem }: Pick<SearchContext, 'codeSystem'>,
  system: string,
  code: string,
): string[] {
  const known = codeSystem?.(system);
  if (known?.caseSensitive !== false) return [code];
  const lower = code.toLowerCase();
  const listed = known.concepts.has(code)
    ? []
    : [...known.concepts.keys()].filter((each) => each.toLowerCase() === lower);
  return [...new Set([code, ...listed, lower, code.toUpperCase()])];
}
