import { denies } from './consents/model.ts';
import type { Expected } from './expect.ts';
import type { Seen } from './seen-loop.ts';
import type { Part, State } from './state.ts';
import { AGENCIES, HUB, type ModelHub, type Party, type Said, type Sender, type Who } from './world.ts';

/** One referral in the middle of what happens to it. */
export interface Scene {
  readonly hub: ModelHub;
  readonly sender: Sender;
  readonly loopId: string;
  readonly seen: Seen;
  /** What the model expects: changed by what is played. */
  readonly state: State;
  /** Tells apart what is said. */
  readonly turn: string;
}

/** What was said to a hub, and whether by the design it is done; undefined: nothing was, or nothing is foretold. */
export interface Played {
  readonly said?: Said | undefined;
  readonly expected?: Expected | undefined;
}

/** The party that somebody is, by what it is to a Task. */
export function partyOf({ sender }: Pick<Scene, 'sender'>, part: Part, who: Who): Party {
  if (who === 'owner') return part.owner as Party;
  if (who === 'stranger') return AGENCIES.findLast((each) => each !== part.owner) ?? 'dorm';
  return who === 'sender' ? sender : HUB;
}

/** Whether a party may not read what another wrote of this referral, for its client denies that. */
export function isBlind({ state }: Pick<Scene, 'state'>, by: Party, author: string): boolean {
  return by !== HUB && by !== author && denies(state.consents, by);
}

/** The part that a number means, counted round; the root where there is none, or it is below zero. */
export function partAt(
  { seen, state }: Scene,
  at: number,
): { readonly id: string; readonly order: string; readonly part: Part } {
  const leg = at < 0 ? undefined : state.legs[at % Math.max(1, state.legs.length)];
  const { id, order } = leg ? (seen.legs[state.legs.indexOf(leg)] ?? seen.root) : seen.root;
  return { id, order, part: leg ?? state.root };
}
