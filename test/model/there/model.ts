import { type Expected, expectSaid } from '../expect.ts';
import { isFinal, verdict } from '../model.ts';
import type { Part, State } from '../state.ts';
import type { Party } from '../world.ts';

/** What stands on a party's own server of a Task. */
export interface Standing {
  readonly status: string;
  /** The status that the hub knows of it there. */
  readonly known: string | undefined;
  readonly hasReason: boolean;
  readonly hasOutput: boolean;
  /** Whether something that it lists is not there, or is of somebody else. */
  readonly isWrong: boolean;
  /** Whether it says in other words than the hub has them why it is so. */
  readonly isReworded: boolean;
  /** Whether the Task has had that status at the hub. */
  readonly wasHere: boolean;
}

/** While these go on, and while what was completed may be added to, it is asked for. */
export function isAskedFor({ status }: Part, isOpen: boolean): boolean {
  return isOpen && (status === 'completed' || !isFinal({ status }));
}

/**
 * What a party has written on its own server counts as if it had written it at the hub: what has changed there, and not
 * what was said at the hub meanwhile. Of who asked only that it calls off is heard.
 * @returns whether it is taken
 */
export function expectHeard(state: State, part: Part, by: Party, sender: Party, there: Standing): Expected {
  const { status, known, hasReason } = there;
  const isChanged = status !== known;
  if (by !== part.owner) {
    const isCalledOff = ['cancelled', 'entered-in-error'].includes(status) && isChanged && !isFinal(part);
    return !isCalledOff || expectSaid(state, part, by, sender, { status, hasReason, hasOutput: false, isStale: false });
  }
  if (there.isWrong) return false;
  const isPast = status !== part.status && there.wasHere && verdict(part.status, status, 'O', true) === 'refused';
  const isNews = isChanged && !isPast;
  const says = isNews || status === part.status;
  // What has ended stays as it ended: only what was done is added to it.
  if (isFinal(part) && says && there.isReworded) return false;
  const said = { status: isNews ? status : part.status, hasReason, hasOutput: there.hasOutput, isStale: false };
  return expectSaid(state, part, by, sender, said);
}
