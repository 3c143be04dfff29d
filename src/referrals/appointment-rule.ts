import type { Appointment, Task } from '@medplum/fhirtypes';
import { idOf } from '../fhir/references.ts';
import type { WriteRule } from '../fhir/store/transact.ts';
import { BY_HUB, type UnitOfWork } from '../fhir/store/unit-of-work.ts';
import { LOOP_MARK, lockLoop } from '../loops/projection/store.ts';
import { isReferralTask } from '../loops/words.ts';
import { loopOf } from './sharing/sides.ts';
import { TASK_OF_REQUEST_SQL } from './updates/attach-outcome.ts';

/** An Appointment for what is asked says how far that has come: its loops are brought up to date. */
export function appointmentRule(): WriteRule {
  return {
    types: ['Appointment'],
    settle: async ({ before, after }, unit) => {
      const named = [before, after].flatMap((each) => (each?.resourceType === 'Appointment' ? [each] : []));
      for (const id of new Set(await tasksOf(unit, named))) {
        const task = await unit.find<Task>('Task', id, BY_HUB);
        if (task && isReferralTask(task) && (await lockLoop(unit, task.id))) unit.mark(LOOP_MARK, loopOf(task));
      }
    },
  };
}

/** The Tasks that ask for what it is based on, and those it says it belongs to. */
async function tasksOf(unit: UnitOfWork, appointments: readonly Appointment[]): Promise<string[]> {
  const references = appointments.flatMap(({ basedOn, supportingInformation }) => [
    ...(basedOn ?? []),
    ...(supportingInformation ?? []),
  ]);
  const requests = references.flatMap((each) => idOf('ServiceRequest', each) ?? []);
  const named = references.flatMap((each) => idOf('Task', each) ?? []);
  if (requests.length === 0) return named;
  const keys = requests.map((id) => `Task.focus=ServiceRequest/${id}`);
  const found = await Promise.all(keys.map((key) => unit.tx.query<{ id: string }>(TASK_OF_REQUEST_SQL, [[key]])));
  return [...named, ...found.flat().map(({ id }) => id)];
}
