import type { Task } from '@medplum/fhirtypes';
import { organizationBehind } from '../../directory/directory.ts';
import { idOf } from '../../fhir/references.ts';
import { BY_HUB, type UnitOfWork } from '../../fhir/store/unit-of-work.ts';
import type { StoredTask } from '../task-changes.ts';

/** The id of the loop a Task belongs to: of its root. */
export function loopOf(task: StoredTask): string {
  return idOf('Task', task.partOf?.[0]) ?? task.id;
}

/** For whom a Task is done: the organization that sent its loop. */
export async function senderOf(unit: UnitOfWork, task: StoredTask): Promise<string | undefined> {
  const rootId = loopOf(task);
  const root = rootId === task.id ? task : await unit.find<Task>('Task', rootId, BY_HUB);
  return organizationBehind(unit, root?.requester?.reference);
}
