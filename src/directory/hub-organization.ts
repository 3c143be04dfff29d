import type { Organization } from '@medplum/fhirtypes';
import { type Store, transact } from '../fhir/store/transact.ts';

/** The id of this hub's own Organization: senders address their referrals to it. */
export const HUB_ORGANIZATION = 'careloop';

/** Makes sure the hub's own Organization exists; its name can be changed like any other. */
export async function ensureHubOrganization(store: Store): Promise<void> {
  await transact(store, { kind: 'hub', organizationId: HUB_ORGANIZATION }, async (unit) => {
    await unit.tx.query('SELECT pg_advisory_xact_lock(727002)');
    if (await unit.find('Organization', HUB_ORGANIZATION)) return;
    const organization: Organization & { id: string } = {
      resourceType: 'Organization',
      id: HUB_ORGANIZATION,
      active: true,
      name: 'Careloop coordination hub',
    };
    await unit.put(organization, { byHub: true });
  });
}
