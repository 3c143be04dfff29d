import type { Task } from '@medplum/fhirtypes';
import type { Caller } from '../fhir/caller.ts';
import { type Store, transact } from '../fhir/store/transact.ts';
import { BY_HUB, type UnitOfWork } from '../fhir/store/unit-of-work.ts';
import { escalate } from '../loops/ladder/escalate.ts';
import type { Result } from '../loops/words.ts';
import { bringUp } from '../referrals/updates/bring-up.ts';
import { ACTS, type ActDeps } from './act.ts';
import { type Due, duePlaces, type Place, takeDue } from './due.ts';
import { recordFiring } from './firing.ts';
import { tellAbout } from './tell.ts';

export interface DeadlineDeps extends ActDeps {
  readonly store: Store;
}

/** So many are looked for at once. */
const AT_ONCE = 100;
/** So many of them are done at the same time: with four, whoever looks at a page meanwhile waits twice as long. */
const SIDE_BY_SIDE = 2;

/**
 * Does what is due: each rung of each ladder once, however many workers are at it, and in the transaction that records
 * it. Of one ladder one rung is done at a time.
 * @returns how many rungs were done; fewer than were due where others had them
 */
export async function fireDue(deps: DeadlineDeps, onFault: (thrown: unknown) => void): Promise<number> {
  let fired = 0;
  for (;;) {
    const places = await duePlaces(deps.store.db, deps.store.now(), AT_ONCE);
    const done = await fireAll(deps, places, onFault);
    fired += done;
    // What is left is in other hands, or cannot be done just now.
    if (done === 0) return fired;
  }
}

async function fireAll(deps: DeadlineDeps, places: Place[], onFault: (thrown: unknown) => void): Promise<number> {
  const left = [...places];
  let fired = 0;
  const worker = async (): Promise<void> => {
    for (let place = left.shift(); place; place = left.shift()) {
      try {
        if (await fire(deps, place)) fired += 1;
      } catch (thrown) {
        onFault(thrown);
      }
    }
  };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, worker));
  return fired;
}

/** Does the next rung of one ladder, if it is still due. @returns whether it did */
export async function fire(deps: DeadlineDeps, place: Place): Promise<boolean> {
  const caller: Caller = { kind: 'hub', organizationId: deps.hubOrg };
  return transact(deps.store, caller, async (unit) => {
    const due = await takeDue(unit.tx, place, unit.now);
    if (!due) return false;
    await unit.take('Task', [...new Set([due.loopId, due.taskId])], BY_HUB);
    const root = await unit.lock<Task>('Task', due.loopId, BY_HUB);
    const task = await unit.lock<Task>('Task', due.taskId, BY_HUB);
    if (!root || !task) return false;
    const result = await ACTS[due.what](unit, deps, due, { root, task });
    const message = await tellAbout(unit, deps, due, task, recipientOf(unit, due, result));
    recordFiring(unit, due, { result, communicationId: message.id });
    if (due.what === 'offer-next' && result === 'done') await bringUp(unit, deps, root);
    else escalate(unit, due.loopId, { what: due.what, result });
    return true;
  });
}

/** Who reads what is said: who is reminded, else the people here. */
function recipientOf({ hubOrg }: UnitOfWork, { what, organizationId }: Due, result: Result): string {
  const isReminder = what === 'remind' || what === 'remind-other-channel';
  return isReminder && result === 'done' && organizationId !== null ? organizationId : hubOrg;
}
