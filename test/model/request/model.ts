import { askNext, isFinal } from '../model.ts';
import type { Part, State } from '../state.ts';
import { HUB } from '../world.ts';

/** A sender says something else than before of what it asks: who is asked is told by a message of the hub's. */
export function saidAnew(state: State): void {
  const { root, legs } = state;
  if (isFinal(root)) return;
  const asked = root.owner === HUB ? legs.filter((leg) => !isFinal(leg)) : [root];
  for (const part of asked) if (part.owner !== HUB) state.messages.push(notice(part));
}

/** Where nobody was asked, somebody may be. */
export function askedAnew(state: State): void {
  saidAnew(state);
  if (!isFinal(state.root) && state.root.owner === HUB && state.legs.length === 0) askNext(state);
}

function notice(about: Part): State['messages'][number] {
  const between = { from: HUB, to: about.owner };
  return { id: 'new', about, ...between, answerBy: null, answeredBy: null, isRead: false, isWithdrawn: false };
}
