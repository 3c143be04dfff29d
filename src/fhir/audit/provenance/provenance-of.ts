import type { Provenance } from '@medplum/fhirtypes';
import { type Activity, authorFrom, saidOf } from '../../integrity/partner-provenance.ts';
import type { Stored } from '../../store/held.ts';
import { ID_OF, type PartnerChange } from './partner-changes.ts';

/**
 * What a partner changed, as a Provenance of that version. It names programs and people by their ids only. Pure.
 * @see https://hl7.org/fhir/us/core/STU7/StructureDefinition-us-core-provenance.html
 */
export function provenanceOfChange(change: PartnerChange): Stored<Provenance> {
  const { entry, at, organization, client, person, labels } = change;
  const agent = authorFrom({
    organizationId: organization,
    ...(client === null ? {} : { clientId: client }),
    ...(person === null ? {} : { personId: person }),
  });
  const { meta, ...said } = saidOf(ACTIVITIES[change.action], [versionOf(change)], at, agent);
  return {
    ...said,
    id: `${ID_OF}${entry}`,
    meta: { ...meta, ...(labels && labels.length > 0 ? { security: [...labels] } : {}) },
    occurredDateTime: at.toISOString(),
  };
}

const ACTIVITIES = { C: 'CREATE', U: 'UPDATE', D: 'DELETE' } as const satisfies Record<
  PartnerChange['action'],
  Activity
>;

/** The version that was made, or that was the last one. */
function versionOf({ action, type, id, version }: PartnerChange): string {
  return `${type}/${id}/_history/${action === 'D' ? version - 1 : version}`;
}
