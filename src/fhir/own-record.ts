import { compartmentOf } from './compartments/compartment.ts';
import { indexKeys } from './search/parameters/index-keys.ts';

/**
 * The parameters by which a resource says whom it is about. Not those that name a patient in passing, as a group does; what
 * names several by these is nobody's own record (see `visibleTo`).
 */
const ABOUT = ['patient', 'subject'] as const;

/** Types that are apart: the audit; and links between records of several people. */
const APART: ReadonlySet<string> = new Set(['AuditEvent', 'Patient', 'Person', 'RelatedPerson', 'Group']);

/** The types of which a client's own record is made, without the Patient itself: its compartment, and the Tasks for it. */
export function ownRecordTypes(): string[] {
  return [...compartmentOf('Patient').keys(), 'Task'].filter((type) => !APART.has(type)).sort();
}

/**
 * The keys of the search index that a resource has one of when it is about a client. Pure.
 * @see https://hl7.org/fhir/R4/compartmentdefinition-patient.html
 */
export function ownRecordKeys(patientId: string): string[] {
  const keys = ownRecordTypes().flatMap((type) =>
    ABOUT.flatMap((code) => indexKeys(type, code, `Patient/${patientId}`)),
  );
  return [...new Set(keys)];
}
