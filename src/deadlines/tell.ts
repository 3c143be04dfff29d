import type { Communication, Patient, Reference } from '@medplum/fhirtypes';
import { BY_HUB, type Stored, type UnitOfWork } from '../fhir/store/unit-of-work.ts';
import { shareMessage } from '../referrals/sharing/share-outcomes.ts';
import type { ReferralDeps, StoredTask } from '../referrals/task-changes.ts';
import type { Due } from './due.ts';
import { AWAITED } from './words.ts';

/**
 * Says what was done as a message about the Task, to be read by whom it is addressed to.
 * @param recipientOrg who is reminded; the hub's own organization where its people must look
 * @see https://terminology.hl7.org/CodeSystem-communication-category.html
 */
export async function tellAbout(
  unit: UnitOfWork,
  deps: ReferralDeps,
  due: Due,
  task: StoredTask,
  recipientOrg: string,
): Promise<Stored<Communication>> {
  const isReminder = recipientOrg !== unit.hubOrg;
  const message = await unit.create<Communication>(
    {
      resourceType: 'Communication',
      id: unit.newId(),
      status: 'completed',
      category: [
        {
          coding: [
            {
              system: 'http://terminology.hl7.org/CodeSystem/communication-category',
              code: isReminder ? 'reminder' : 'alert',
            },
          ],
        },
      ],
      ...(task.priority ? { priority: task.priority } : {}),
      ...(task.for ? { subject: task.for as Reference<Patient> } : {}),
      about: [{ reference: `Task/${task.id}` }],
      ...(due.messageId ? { inResponseTo: [{ reference: `Communication/${due.messageId}` }] } : {}),
      sender: { reference: `Organization/${unit.hubOrg}` },
      recipient: [{ reference: `Organization/${recipientOrg}` }],
      sent: unit.now.toISOString(),
      payload: [{ contentString: sentence(due) }],
    },
    BY_HUB,
  );
  await shareMessage(unit, deps, task, message);
  return message;
}

function sentence({ step, since, due }: Due): string {
  return `This referral waits for ${AWAITED[step]}. Awaited since ${minute(since)}, due ${minute(due)}.`;
}

/** A moment to the minute, UTC. */
function minute(at: Date): string {
  return `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
