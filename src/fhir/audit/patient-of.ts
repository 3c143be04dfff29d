import type { Reference, Resource } from '@medplum/fhirtypes';
import { idOf } from '../references.ts';

/** Where resources say whose record they are in; the first that is a patient counts. */
const PLACES = ['subject', 'patient', 'for', 'beneficiary', 'individual'] as const;

/** The id of the patient whose record a resource is in; undefined when it is in nobody's. Pure, and cheap enough for every write. */
export function patientOf(resource: Resource | undefined): string | undefined {
  if (!resource || resource.resourceType === 'Patient') return resource?.id;
  const said = resource as unknown as Readonly<Record<string, Reference | undefined>>;
  for (const place of PLACES) {
    const id = Object.hasOwn(said, place) ? idOf('Patient', said[place]) : undefined;
    if (id !== undefined) return id;
  }
  return undefined;
}
