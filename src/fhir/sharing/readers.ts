import type { Trimmed } from './trimming/trimmed.ts';

/** Stands among the readers of what everybody may read who is known to the hub. */
export const EVERYBODY = '*';

/** Directories and definitions: what partners must know of each other, and what forms, plans and codes mean. */
export const TYPES_FOR_EVERYBODY: readonly string[] = [
  'Organization',
  'OrganizationAffiliation',
  'Location',
  'HealthcareService',
  'Practitioner',
  'PractitionerRole',
  'ActivityDefinition',
  'CapabilityStatement',
  'ChargeItemDefinition',
  'CodeSystem',
  'CompartmentDefinition',
  'ConceptMap',
  'EventDefinition',
  'GraphDefinition',
  'ImplementationGuide',
  'Library',
  'Measure',
  'MessageDefinition',
  'NamingSystem',
  'ObservationDefinition',
  'OperationDefinition',
  'PlanDefinition',
  'Questionnaire',
  'SearchParameter',
  'SpecimenDefinition',
  'StructureDefinition',
  'StructureMap',
  'TerminologyCapabilities',
  'ValueSet',
];

const FOR_EVERYBODY: ReadonlySet<string> = new Set(TYPES_FOR_EVERYBODY);

/** Whether resources of a type are read by everybody. Pure. */
export function isForEverybody(type: string): boolean {
  return FOR_EVERYBODY.has(type);
}

/** Who may read a resource that is shared with nobody. @param author the id of its author's Organization */
export function firstReaders(type: string, author: string): readonly string[] {
  return [isForEverybody(type) ? EVERYBODY : author];
}

/** Readers, and some more, each once. Pure. */
export function withReaders(readers: readonly string[], added: Iterable<string>): readonly string[] {
  return [...new Set([...readers, ...added])];
}

/** The keys of the search index under which an organization finds what it may read of a type. Pure. */
export function readerKeys(type: string, readers: readonly string[]): string[] {
  return readers.filter((reader) => reader !== EVERYBODY).map((reader) => readerKey(type, reader));
}

/** One of them. Pure. */
export function readerKey(type: string, organizationId: string): string {
  return `${type}${READER_KEY}${organizationId}`;
}

/** What stands between the type and the organization in such a key. */
export const READER_KEY = '._reader=';

/** Who may read a resource, as a statement has left it. */
export interface ReadersRow {
  readonly type: string;
  readonly id: string;
  readonly readers: readonly string[];
  readonly until: Date | null;
  readonly trimmed: Trimmed | null;
}
