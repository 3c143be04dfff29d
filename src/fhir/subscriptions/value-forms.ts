import {
  convertToSearchableReferences,
  convertToSearchableTokens,
  evalFhirPathTyped,
  getSearchParameter,
  getSearchParameterDetails,
  toTypedValue,
} from '@medplum/core';
import type { Resource, SearchParameter } from '@medplum/fhirtypes';

/** The forms in which a parameter's values of one resource may be asked for. */
export type FormsOf = (param: string) => ReadonlySet<string>;

/** The search parameter of a type, where events can be told apart by it: those of tokens and references. */
export function filterable(type: string, param: string): SearchParameter | undefined {
  const found = getSearchParameter(type, param);
  return found?.type === 'token' || found?.type === 'reference' ? found : undefined;
}

/** The forms of a resource's values by parameter, each worked out when it is first asked for. */
export function formsOf(resource: Resource): FormsOf {
  const known = new Map<string, ReadonlySet<string>>();
  return (param) => {
    const forms = known.get(param) ?? new Set(readForms(resource, param));
    known.set(param, forms);
    return forms;
  };
}

function readForms(resource: Resource, name: string): string[] {
  if (name === '_id') return resource.id ? [resource.id] : [];
  const param = filterable(resource.resourceType, name);
  if (!param) return [];
  const { parsedExpression } = getSearchParameterDetails(resource.resourceType, param);
  const values = evalFhirPathTyped(parsedExpression, [toTypedValue(resource)]);
  return param.type === 'token'
    ? convertToSearchableTokens(values).flatMap(({ system, value }) => tokenForms(system, value))
    : convertToSearchableReferences(values).flatMap(referenceForms);
}

/** `code`, `system|code`, `|code` for one without system, `system|`. @see https://hl7.org/fhir/R4/search.html#token */
function tokenForms(system: string | undefined, value: string | undefined): string[] {
  return [...(value === undefined ? [] : [value, `${system ?? ''}|${value}`]), ...(system ? [`${system}|`] : [])];
}

/** `Type/id` and `id`, whichever version is referred to. @see https://hl7.org/fhir/R4/search.html#reference */
function referenceForms(reference: string): string[] {
  const [whole = reference] = reference.split('/_history/', 1);
  const id = /^[A-Z][A-Za-z]+\/([^/]+)$/.exec(whole)?.[1];
  return id ? [whole, id] : [whole];
}
