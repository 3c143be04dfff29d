import type { Task } from '@medplum/fhirtypes';
import type { UnitOfWork } from '../../fhir/store/unit-of-work.ts';
import { isReferralTask } from '../../loops/words.ts';
import { ownerId } from '../ask-next.ts';
import { loopOf, senderOf } from '../sharing/sides.ts';
import type { StoredTask } from '../task-changes.ts';

/** Who stands on which side of a Task. */
export interface Sides {
  readonly isRoot: boolean;
  readonly owner: string;
  /** Who sent the loop; undefined: nobody this hub knows. */
  readonly sender: string | undefined;
  readonly hub: string;
}

/**
 * Whom an organization may write to about a Task; whom it writes to where it names nobody stands first. About a part: the
 * hub and who is asked, each to the other. About the referral itself: who sent it and the hub, and who was addressed by
 * its sender directly. Nobody else. Pure.
 */
export function othersOn(from: string, { isRoot, owner, sender, hub }: Sides): string[] {
  const sides = isRoot ? [owner, sender, hub] : [owner, hub];
  const known = [...new Set(sides.filter((each) => each !== undefined))];
  return known.includes(from) ? known.filter((each) => each !== from) : [];
}

export async function sidesOf(unit: UnitOfWork, task: StoredTask): Promise<Sides> {
  const isRoot = loopOf(task) === task.id;
  const sender = isRoot ? await senderOf(unit, task) : undefined;
  return { isRoot, owner: ownerId(task), sender, hub: unit.hubOrg };
}

/** The Tasks of a loop that a caller may see: the referral, then its parts, oldest first. */
export async function tasksSeen(unit: UnitOfWork, loopId: string): Promise<StoredTask[]> {
  const legs = await unit.tx.query<{ id: string }>(LEGS_OF_SQL, [[`Task.part-of=Task/${loopId}`]]);
  const found = await Promise.all([loopId, ...legs.map(({ id }) => id)].map((id) => unit.find<Task>('Task', id)));
  return found.filter((each) => each !== undefined && isReferralTask(each) && each.status !== 'draft') as StoredTask[];
}

const LEGS_OF_SQL = `SELECT id FROM resource WHERE type = 'Task' AND NOT deleted AND tokens @> $1::text[] ORDER BY id`;
