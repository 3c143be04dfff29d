import type { Appointment, Task } from '@medplum/fhirtypes';
import { changeAsked, isObserved, isReferralTask, offerOf, progressOf, wantsCancel } from '../../src/loops/words.ts';
import type { SeenAppointment, SeenRequest, SeenTask } from './seen-loop.ts';

/** A Task, and who wrote it here. */
export type AuthoredTask = Task & { readonly id: string; readonly author: string };

/** A Task of a loop as the model looks at it. @param nameOf the party behind the id of an Organization */
export function seenTask(task: AuthoredTask, nameOf: (id: string) => string): SeenTask {
  return {
    id: task.id,
    version: task.meta?.versionId ?? '',
    status: task.status ?? '',
    owner: nameOf(idIn(task.owner?.reference)),
    offer: offerOf(task),
    asked: wantsCancel(task),
    author: nameOf(task.author),
    client: task.for?.reference ?? '',
    progress: progressOf(task) ?? null,
    isObserved: isObserved(task),
    outputs: (task.output ?? []).length,
    priority: task.priority,
    reason: task.statusReason?.text,
    order: task.focus?.reference ?? '',
  };
}

/** The requests among some Tasks. */
export function seenRequests(tasks: readonly AuthoredTask[], nameOf: (id: string) => string): SeenRequest[] {
  return tasks.flatMap((task) => {
    const what = changeAsked(task);
    return what && !isReferralTask(task)
      ? [
          {
            id: task.id,
            focus: idIn(task.focus?.reference),
            what,
            author: nameOf(task.author),
            status: task.status ?? '',
          },
        ]
      : [];
  });
}

/** Those of some appointments that are for a loop. @param tasks its Tasks */
export function seenAppointments(
  all: readonly (Appointment & { id: string; author: string })[],
  tasks: readonly SeenTask[],
): SeenAppointment[] {
  const names = tasks.flatMap(({ id, order }) => [`Task/${id}`, order]);
  return all.flatMap(({ id, author: by, status, basedOn = [], supportingInformation = [] }) => {
    const about = [...basedOn, ...supportingInformation].flatMap(({ reference }) => reference ?? []);
    return about.some((each) => names.includes(each)) ? [{ id, by, status: status ?? '', about }] : [];
  });
}

function idIn(reference: string | undefined): string {
  return reference?.split('/')[1] ?? '';
}
