import type { Reference, Resource } from '@medplum/fhirtypes';
import { compartmentOf } from './compartments/compartment.ts';
import { idOf } from './references.ts';
import { indexKeys } from './search/parameters/index-keys.ts';
import { parametersOf } from './search/parameters/parameter.ts';

/**
 * The types of which resources belong to a patient, each with the search parameters that say to whom. A Patient itself
 * is not among them: one linked to another is another person's record, and says so itself.
 * @see https://hl7.org/fhir/R4/compartmentdefinition-patient.html
 */
function compartment(): ReadonlyMap<string, readonly string[]> {
  members ??= new Map([...compartmentOf('Patient')].filter(([type]) => type !== 'Patient'));
  return members;
}

let members: ReadonlyMap<string, readonly string[]> | undefined;

/** The types of which resources belong to patients, without Patient itself, in alphabetical order. */
export function compartmentTypes(): string[] {
  return [...compartment().keys()].sort();
}

/** The keys of the search index that a resource of a type has one of when it belongs to one of these patients. */
export function compartmentKeys(type: string, patients: readonly string[]): string[] {
  const params = compartment().get(type) ?? [];
  const keys = params.flatMap((param) => patients.flatMap((id) => indexKeys(type, param, `Patient/${id}`)));
  return [...new Set(keys)];
}

/** The ids of the patients a resource belongs to; a patient belongs to itself. Pure. */
export function patientsOf(resource: Resource): ReadonlySet<string> {
  const type = resource.resourceType;
  if (type === 'Patient') return new Set(resource.id ? [resource.id] : []);
  const parameters = (compartment().get(type) ?? []).flatMap((code) => parametersOf(type).get(code) ?? []);
  const found = parameters.flatMap(({ find }) => find({ type, value: resource }));
  return new Set(found.flatMap(({ value }) => idOf('Patient', value as Reference) ?? []));
}
