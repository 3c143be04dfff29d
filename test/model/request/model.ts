import { toldOfChange } from '../messages/model.ts';
import { askNext, isFinal } from '../model.ts';
import type { State } from '../state.ts';
import { HUB } from '../world.ts';

/** A sender asks something else than before: who is asked is told, and where nobody was asked, somebody may be. */
export function askedAnew(state: State): void {
  const { root, legs } = state;
  toldOfChange(state);
  if (!isFinal(root) && root.owner === HUB && legs.length === 0) askNext(state);
}
