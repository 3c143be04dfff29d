import type { Communication } from '@medplum/fhirtypes';
import { BY_HUB, type UnitOfWork } from '../../fhir/store/unit-of-work.ts';
import { ownerId } from '../ask-next.ts';
import { noteToKeep } from '../conversation/keep-messages.ts';
import type { StoredTask } from '../task-changes.ts';

/**
 * Tells who is asked, by a message of the hub's about its Task, that something else is asked now: what was changed, by the
 * elements; what they say is read there.
 * @param changed elements of the ServiceRequest, or of the Task
 */
export async function tellChanged(unit: UnitOfWork, task: StoredTask, changed: readonly string[]): Promise<void> {
  const to = ownerId(task);
  // Who works here sees it here; who has changed it knows.
  if (to === unit.hubOrg || to === unit.caller.organizationId) return;
  const message = await unit.create<Communication>(
    {
      resourceType: 'Communication',
      id: unit.newId(),
      status: 'completed',
      about: [{ reference: `Task/${task.id}` }],
      ...(task.priority ? { priority: task.priority } : {}),
      sender: { reference: `Organization/${unit.hubOrg}` },
      recipient: [{ reference: `Organization/${to}` }],
      sent: unit.now.toISOString(),
      payload: [{ contentString: `What is asked was changed by who asks: ${changed.join(', ')}. Read it again.` }],
    },
    BY_HUB,
  );
  noteToKeep(unit, message.id, { task, from: unit.hubOrg, to, isNotice: true });
}
