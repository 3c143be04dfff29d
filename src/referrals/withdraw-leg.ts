import type { CodeableConcept } from '@medplum/fhirtypes';
import type { UnitOfWork } from '../fhir/store/unit-of-work.ts';
import type { TaskStatus } from '../loops/words.ts';
import { ownerId } from './ask-next.ts';
import { putByHub, type ReferralDeps, recordConsequence, type StoredTask, tellOwner } from './task-changes.ts';

/** Stops asking one organization, and tells it why. */
export async function withdrawLeg(
  unit: UnitOfWork,
  deps: ReferralDeps,
  loopId: string,
  leg: StoredTask,
  statusReason: CodeableConcept,
): Promise<void> {
  const stopped = await putByHub(unit, { ...leg, status: 'cancelled', statusReason });
  recordConsequence(unit, deps, loopId, stopped, [{ from: leg.status as TaskStatus, to: 'cancelled', implied: false }]);
  tellOwner(unit, 'cancel', loopId, stopped, ownerId(leg));
}
