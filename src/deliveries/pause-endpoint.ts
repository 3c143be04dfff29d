import type { Endpoint } from '@medplum/fhirtypes';
import type { PartnerEndpoint } from '../directory/directory.ts';
import type { UnitOfWork } from '../fhir/store/unit-of-work.ts';

/** A partner that does not let the hub in any more, or says it is gone, is not knocked at until a person has looked. */
export async function pauseEndpoint(
  unit: UnitOfWork,
  endpoint: PartnerEndpoint | undefined,
  status: 'suspended' | 'off',
): Promise<void> {
  const current = endpoint ? await unit.lock<Endpoint>('Endpoint', endpoint.id) : undefined;
  if (current) await unit.put<Endpoint>({ ...current, status }, { byHub: true });
}
