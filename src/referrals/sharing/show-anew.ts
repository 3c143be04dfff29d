import type { Task } from '@medplum/fhirtypes';
import { BY_HUB, type UnitOfWork } from '../../fhir/store/unit-of-work.ts';

/** For which Task of which loop something is shared with an organization. */
export interface SharedFor {
  readonly taskId: string;
  readonly loopId: string;
  readonly organizationId: string;
}

/**
 * The Task that an organization reads something for stands anew when that is opened, though nothing in it has changed: so
 * who subscribes, or asks for what is new since some time, finds it, and from there the rest. Who is asked reads its own
 * Task, who asks the whole referral.
 */
export async function showAnew(unit: UnitOfWork, opened: readonly SharedFor[]): Promise<void> {
  const anew = new Set<string>();
  for (const { taskId, loopId, organizationId } of opened) {
    const task = await unit.lock<Task>('Task', taskId, BY_HUB);
    anew.add(task?.owner?.reference === `Organization/${organizationId}` ? taskId : loopId);
  }
  for (const id of anew) {
    const task = await unit.lock('Task', id, BY_HUB);
    if (task) await unit.put({ ...task }, BY_HUB);
  }
}
