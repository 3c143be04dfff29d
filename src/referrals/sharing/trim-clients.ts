import type { ServiceRequest, Task } from '@medplum/fhirtypes';
import { idOf } from '../../fhir/references.ts';
import type { Shown } from '../../fhir/sharing/subsetted.ts';
import { shownBy, TRIMMED_TYPES } from '../../fhir/sharing/trimming/demographics.ts';
import { shareAnew } from '../../fhir/sharing/trimming/share-anew.ts';
import { besideClients } from '../../fhir/sharing/trimming/unnamed.ts';
import type { FinishRule } from '../../fhir/store/transact.ts';
import { BY_HUB, type UnitOfWork } from '../../fhir/store/unit-of-work.ts';
import { kindOf } from '../../loops/projection/records.ts';
import { OTHER_POLICY } from '../../loops/projection/store.ts';
import type { ReferralDeps, StoredTask } from '../task-changes.ts';
import { showAnew } from './show-anew.ts';
import { loopOf, senderOf } from './sides.ts';

/** What of clients who is asked in the loop of a Task is shown, as the policy has it that applies to it; undefined: all. */
export async function clientsTrimmed(
  unit: UnitOfWork,
  { policies }: ReferralDeps,
  task: StoredTask,
): Promise<Shown | undefined> {
  const root = task.id === loopOf(task) ? task : await unit.find<Task>('Task', loopOf(task), BY_HUB);
  const request = await unit.find<ServiceRequest>('ServiceRequest', idOf('ServiceRequest', root?.focus) ?? '', BY_HUB);
  const words = root && request && policies.of(kindOf({ root, request })).demographics;
  return words && shownBy(words);
}

/** What an organization that has a part in a Task is shown of clients: who asks all, who is asked what the policy says. */
export async function trimmedFor(
  unit: UnitOfWork,
  deps: ReferralDeps,
  task: StoredTask,
  organizationId: string,
): Promise<Shown | undefined> {
  return organizationId === (await senderOf(unit, task)) ? undefined : clientsTrimmed(unit, deps, task);
}

/**
 * What a share of a resource shows: of a client what is shown of clients, and of anything else all but what it says of them
 * beside that. What is in the file of a document no machine can cut. Pure.
 * @param trimmed what is shown of clients; undefined: all
 */
export function shownOf(type: string, trimmed: Shown | undefined): Shown | undefined {
  if (!trimmed || type === 'Binary') return undefined;
  return TRIMMED_TYPES.includes(type) ? trimmed : besideClients(trimmed);
}

/**
 * Where another policy applies to a loop than before, who is asked is shown what that one says, from this transaction on. Its
 * Task stands anew, so that it looks again.
 */
export function trimAnew(deps: ReferralDeps): FinishRule {
  return async (unit) => {
    for (const loopId of unit.takeMarks(OTHER_POLICY)) {
      const root = await unit.find<Task>('Task', loopId, BY_HUB);
      if (!root) continue;
      const shown = await clientsTrimmed(unit, deps, root);
      const sender = await senderOf(unit, root);
      await showAnew(unit, await shareAnew(unit, { loopId, sender, shown, because: 'policy-changed' }));
    }
  };
}
