import { isDeepStrictEqual } from 'node:util';
import type { Annotation, Task } from '@medplum/fhirtypes';
import type { UnitOfWork } from '../../fhir/store/unit-of-work.ts';
import { isTerminal } from '../../loops/words.ts';
import { legsOf, ownerId } from '../ask-next.ts';
import { putByHub, type ReferralDeps, type StoredTask } from '../task-changes.ts';
import { tellChanged } from './tell-changed.ts';

/** What a sender says of its Task that is meant for who does it. */
const FOR_WHO_IS_ASKED = ['description', 'priority', 'restriction', 'input'] as const;

/** Who is asked has on its own Task what a sender changed on the referral's, and is told. What people of the hub note there is not for it. */
export async function followTask(
  unit: UnitOfWork,
  deps: ReferralDeps,
  before: StoredTask,
  root: StoredTask,
): Promise<void> {
  const notes = unit.caller.organizationId === deps.hubOrg ? [] : newNotes(before, root);
  const changed = changedFor(before, root, notes);
  if (changed.length === 0 || isTerminal(root.status)) return;
  if (ownerId(root) !== deps.hubOrg) return tellChanged(unit, root, changed);
  for (const leg of await legsOf(unit, root.id)) {
    if (isTerminal(leg.status)) continue;
    const written = await putByHub(unit, withWhatIsSaid(leg, root, notes));
    await tellChanged(unit, written, changed);
  }
}

/** What of it was changed: names of elements. Pure. @param notes those that were added for who is asked */
function changedFor(before: Task, after: Task, notes: readonly Annotation[]): string[] {
  const changed = FOR_WHO_IS_ASKED.filter((name) => !isDeepStrictEqual(before[name], after[name]));
  return [...changed, ...(notes.length > 0 ? ['note'] : [])].sort();
}

/** A part with what its referral says now, and with the notes that were added to that. Pure. */
function withWhatIsSaid(leg: StoredTask, root: Task, notes: readonly Annotation[]): StoredTask {
  const others = Object.entries(leg).filter(([name]) => !(FOR_WHO_IS_ASKED as readonly string[]).includes(name));
  const said = FOR_WHO_IS_ASKED.flatMap((name) => (root[name] === undefined ? [] : [[name, root[name]] as const]));
  const note = [...(leg.note ?? []), ...notes];
  return { ...Object.fromEntries([...others, ...said]), ...(note.length > 0 ? { note } : {}) } as StoredTask;
}

function newNotes(before: Task, after: Task): Annotation[] {
  return (after.note ?? []).filter((note) => !before.note?.some((known) => isDeepStrictEqual(known, note)));
}
