import type { Task } from '@medplum/fhirtypes';
import { changeAsked, isReferralTask, offerOf, wantsCancel } from '../../src/loops/words.ts';
import type { Party, SeenRequest, SeenTask } from './world.ts';

/** A Task of a loop as the model looks at it. @param nameOf the party behind the id of an Organization */
export function seenTask(task: Task & { id: string }, nameOf: (id: string) => string): SeenTask {
  return {
    id: task.id,
    version: task.meta?.versionId ?? '',
    status: task.status ?? '',
    owner: nameOf(idIn(task.owner?.reference)) as Party,
    offer: offerOf(task),
    asked: wantsCancel(task),
    outputs: (task.output ?? []).length,
    order: task.focus?.reference ?? '',
  };
}

/** The requests among some Tasks. */
export function seenRequests(tasks: readonly (Task & { id: string })[]): SeenRequest[] {
  return tasks.flatMap((task) => {
    const what = changeAsked(task);
    return what && !isReferralTask(task)
      ? [{ id: task.id, focus: idIn(task.focus?.reference), what, status: task.status ?? '' }]
      : [];
  });
}

function idIn(reference: string | undefined): string {
  return reference?.split('/')[1] ?? '';
}
