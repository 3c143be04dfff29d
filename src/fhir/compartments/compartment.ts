import type { CompartmentDefinition } from '@medplum/fhirtypes';
import { readDefinitions } from '../definitions.ts';
import { type Members, OF_DEVICE, OF_ENCOUNTER, OF_PRACTITIONER, OF_RELATED_PERSON } from './members.ts';

/** The members of a compartment: types, each with the search parameters that say to whom its resources belong. */
export type Compartment = ReadonlyMap<string, readonly string[]>;

const known = new Map<string, Compartment>();

/** The types of resources that have a compartment. @see https://hl7.org/fhir/R4/compartmentdefinition.html */
export const COMPARTMENTS = ['Patient', 'Encounter', 'Practitioner', 'RelatedPerson', 'Device'] as const;

type CompartmentType = (typeof COMPARTMENTS)[number];

/** The canonical addresses of their definitions. */
export function compartmentDefinitions(): string[] {
  return COMPARTMENTS.map(
    (type) => `http://hl7.org/fhir/CompartmentDefinition/${type.charAt(0).toLowerCase()}${type.slice(1)}`,
  );
}

export function hasCompartment(type: string): type is CompartmentType {
  return COMPARTMENTS.some((each) => each === type);
}

/** The types of which resources belong to one of a type. */
export function compartmentOf(type: CompartmentType): Compartment {
  const members = known.get(type) ?? (type === 'Patient' ? patientMembers() : new Map(Object.entries(OTHERS[type])));
  known.set(type, members);
  return members;
}

const OTHERS: Readonly<Record<Exclude<CompartmentType, 'Patient'>, Members>> = {
  Encounter: OF_ENCOUNTER,
  Practitioner: OF_PRACTITIONER,
  RelatedPerson: OF_RELATED_PERSON,
  Device: OF_DEVICE,
};

/** As published: the only one of which the definition comes with the engine. */
function patientMembers(): Compartment {
  const { resource = [] } = readDefinitions<CompartmentDefinition>('compartmentdefinition-patient.json');
  return new Map(resource.flatMap(({ code, param }) => (code && param ? [[code, param] as const] : [])));
}
