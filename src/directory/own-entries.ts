import type { Resource } from '@medplum/fhirtypes';
import { AppError } from '../errors.ts';
import { idOf } from '../fhir/references.ts';
import type { WriteRule } from '../fhir/store/transact.ts';
import type { UnitOfWork } from '../fhir/store/unit-of-work.ts';

/** Where an entry of the directory says whose it is. */
const WHOSE: ReadonlyMap<string, string> = new Map([
  ['Endpoint', 'managingOrganization'],
  ['HealthcareService', 'providedBy'],
  ['Location', 'managingOrganization'],
  ['PractitionerRole', 'organization'],
  ['OrganizationAffiliation', 'organization'],
]);

/**
 * A partner describes itself and the organizations it has entered, no other: an Endpoint in somebody else's name would lead
 * that one's referrals astray.
 */
export const ownEntries: WriteRule = {
  types: [...WHOSE.keys()],
  settle: async ({ type, before, after }, unit) => {
    const element = WHOSE.get(type) ?? '';
    const [was, is] = [organizationAt(before, element), organizationAt(after, element)];
    if (!is || is === was || unit.caller.kind !== 'client' || (await isOwn(unit, is))) return;
    const text = `A partner enters what is its own. ${element} is another organization: let that enter it, or a person at the hub.`;
    throw new AppError('forbidden', 'directory.other-organization', text, {
      issues: [{ text, expression: `${type}.${element}` }],
      subject: { type, id: after?.id ?? '' },
    });
  },
};

function organizationAt(resource: Resource | undefined, element: string): string | undefined {
  const reference = resource && (resource as unknown as Record<string, { reference?: string } | undefined>)[element];
  return idOf('Organization', reference);
}

async function isOwn(unit: UnitOfWork, id: string): Promise<boolean> {
  const { organizationId } = unit.caller;
  if (id === organizationId || unit.authorOf('Organization', id) === organizationId) return true;
  const rows = await unit.tx.query(
    `SELECT 1 FROM resource WHERE type = 'Organization' AND id = $1 AND author_org = $2 AND NOT deleted`,
    [id, organizationId],
  );
  return rows.length > 0;
}
