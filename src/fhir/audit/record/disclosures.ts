import type { Resource } from '@medplum/fhirtypes';
import type { UnitOfWork } from '../../store/unit-of-work.ts';
import { DISCLOSURE } from '../audit-event.ts';
import { patientsOf } from './entries-of.ts';
import { entries, entryRow, type NewEntry } from './new-entry.ts';

/** Something that leaves the hub for an organization. */
export interface Disclosed {
  /** What is sent: a resource, or a Bundle of such. */
  readonly resource: Resource;
  /** What it is sent for the sake of, and because of which it may be: e.g. the Task of the referral. */
  readonly basis: string;
  /** The resource that stands for it in the audit. */
  readonly about: { readonly type: string; readonly id: string; readonly version?: number | undefined };
}

/** The care of a client is being coordinated. @see http://terminology.hl7.org/CodeSystem/v3-ActReason */
const COORDINATION_OF_CARE = 'COC';

/** Said of what may have arrived, or may not. */
export const PERHAPS = 'delivery.unknown';

/**
 * Records in the transaction that settles it that something was sent to an organization: an entry for each client whose
 * data it holds.
 * @param isSure false where it may have arrived
 */
export function recordDisclosure(unit: UnitOfWork, recipient: string, disclosed: Disclosed, isSure: boolean): void {
  const { about, basis, resource } = disclosed;
  const said: NewEntry = {
    action: 'R',
    interaction: DISCLOSURE,
    resource_type: about.type,
    resource_id: about.id,
    version: about.version,
    recipient,
    purpose: COORDINATION_OF_CARE,
    basis,
    refusal: isSure ? undefined : PERHAPS,
  };
  const patients = patientsOf(resource);
  for (const entry of patients.length === 0 ? [said] : patients.map((patient) => ({ ...said, patient }))) {
    unit.add(entries, { ...entryRow(unit.caller, entry), recorded_at: unit.now.toISOString() });
  }
}
