import type { Communication, Task } from '@medplum/fhirtypes';
import { SYSTEMS, type TaskStatus } from '../loops/words.ts';
import { aboutTask, type SaidMessage } from './said.ts';

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
  const awaited = AWAITED[task.status as TaskStatus] ?? 'a word from you';
  return reminder(deliveryId, task, hubBase, `This referral waits for ${awaited}. Its time is over.`);
}

/** A reminder of a message that needs an answer: which, and nothing of what it says. */
export function answerReminder(
  deliveryId: string,
  { id }: SaidMessage,
  task: Task & { id: string },
  hubBase: string,
): Communication {
  const said = 'A message about this referral waits for your answer. Its time is over.';
  const inResponseTo = [
    {
      type: 'Communication',
      reference: `${hubBase}/Communication/${id}`,
      identifier: { system: SYSTEMS.message, value: id },
    },
  ] as NonNullable<Communication['inResponseTo']>;
  return { ...reminder(deliveryId, task, hubBase, said), inResponseTo };
}

function reminder(
  deliveryId: string,
  task: Task & { id: string },
  hubBase: string,
  contentString: string,
): Communication {
  return {
    resourceType: 'Communication',
    identifier: [{ system: SYSTEMS.message, value: deliveryId }],
    status: 'completed',
    category: [
      { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/communication-category', code: 'reminder' }] },
    ],
    ...(task.priority ? { priority: task.priority } : {}),
    about: [aboutTask(task, hubBase)],
    payload: [{ contentString }],
  } as Communication;
}
