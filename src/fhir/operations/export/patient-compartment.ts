import { evalFhirPathTyped, getSearchParameterDetails, getSearchParameters, toTypedValue } from '@medplum/core';
import type { CompartmentDefinition, Reference, Resource } from '@medplum/fhirtypes';
import { readDefinitions } from '../../definitions.ts';
import { idOf } from '../../references.ts';
import { tokenKey } from '../../store/index/keys.ts';

let paramsByType: ReadonlyMap<string, readonly string[]> | undefined;

/** The types that can belong to a patient, each with the search parameters that say to whom. */
function compartment(): ReadonlyMap<string, readonly string[]> {
  if (!paramsByType) {
    const { resource = [] } = readDefinitions<CompartmentDefinition>('compartmentdefinition-patient.json');
    const members = resource.flatMap(({ code, param }) => (code && param ? [[code, param] as const] : []));
    paramsByType = new Map(members);
  }
  return paramsByType;
}

/** The types of which resources belong to patients, Patient itself included. @see https://hl7.org/fhir/R4/compartmentdefinition-patient.html */
export function compartmentTypes(): string[] {
  return [...new Set(['Patient', ...compartment().keys()])].sort();
}

/** The keys under which the search index holds the resources of a type that belong to these patients. Pure. */
export function compartmentKeys(type: string, patients: readonly string[]): string[] {
  const params = compartment().get(type) ?? [];
  return params.flatMap((param) => patients.map((id) => tokenKey(type, param, `Patient/${id}`)));
}

/** The ids of the patients a resource belongs to; a patient belongs to itself. Pure. */
export function patientsOf(resource: Resource): ReadonlySet<string> {
  const type = resource.resourceType;
  const typed = [toTypedValue(resource)];
  const known = getSearchParameters(type) ?? {};
  const params = (compartment().get(type) ?? []).flatMap((code) => known[code] ?? []);
  const found = params.flatMap((param) =>
    evalFhirPathTyped(getSearchParameterDetails(type, param).parsedExpression, typed),
  );
  const ids = found.flatMap(({ value }) => idOf('Patient', value as Reference) ?? []);
  return new Set(type === 'Patient' && resource.id ? [resource.id, ...ids] : ids);
}
