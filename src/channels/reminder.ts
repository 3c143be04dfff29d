import type { Communication, Task } from '@medplum/fhirtypes';
import { SYSTEMS, type TaskStatus } from '../loops/words.ts';

/** What is awaited, by where a Task stands, as its organization is told. */
const AWAITED: Readonly<Partial<Record<TaskStatus, string>>> = {
  requested: 'an answer: accept it, or decline it with a reason',
  accepted: 'the first contact with the client, or a word of what stands against it',
  'in-progress': 'news of how it goes, or the outcome',
  'on-hold': 'that the work goes on, or how it ended',
  completed: 'the outcome: what was done',
};

/**
 * A reminder of a Task, for the server of the organization it waits for: that it waits and for what, and nothing about
 * anybody. The same delivery is always the same message.
 * @see https://hl7.org/fhir/R4/communication.html
 */
export function reminderOf(deliveryId: string, task: Task & { id: string }, hubBase: string): Communication {
  const identifier = task.identifier?.[0];
  return {
    resourceType: 'Communication',
    identifier: [{ system: SYSTEMS.message, value: deliveryId }],
    status: 'completed',
    category: [
      { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/communication-category', code: 'reminder' }] },
    ],
    ...(task.priority ? { priority: task.priority } : {}),
    about: [
      {
        type: 'Task',
        reference: `${hubBase}/Task/${task.id}`,
        ...(identifier ? { identifier } : {}),
      },
    ],
    payload: [
      {
        contentString: `This referral waits for ${AWAITED[task.status as TaskStatus] ?? 'a word from you'}. Its time is over.`,
      },
    ],
  } as Communication;
}
