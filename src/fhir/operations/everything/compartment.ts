import type { CompartmentDefinition } from '@medplum/fhirtypes';
import { readDefinitions } from '../../definitions.ts';
import { tokenKey } from '../../store/index/keys.ts';

/** The types of a compartment, and the search parameters by which a resource of each is in it. */
export type Compartment = ReadonlyMap<string, readonly string[]>;

/**
 * The patient compartment. A patient linked to another one is not part of it here: that is another person's record, or
 * the same person's under another id, and says so itself.
 * @see https://hl7.org/fhir/R4/compartmentdefinition-patient.html
 */
export function readPatientCompartment(): Compartment {
  const { resource = [] } = readDefinitions<CompartmentDefinition>('compartmentdefinition-patient.json');
  const members = resource.flatMap(({ code, param }): [string, readonly string[]][] =>
    code && code !== 'Patient' && param ? [[code, param]] : [],
  );
  return new Map(members);
}

/** The keys of the search index that a resource in a patient's compartment has one of. */
export function compartmentKeys(compartment: Compartment, patientId: string): string[] {
  return [...compartment].flatMap(([type, params]) =>
    params.map((param) => tokenKey(type, param, `Patient/${patientId}`)),
  );
}
