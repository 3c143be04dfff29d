import type { Part, State } from './state.ts';
import { HUB, WITH_SERVICE } from './world.ts';

export type Side = 'O' | 'R';

/**
 * Who may do what, as the design has it: rows are where a Task stands. R: the requester's side, O: the owner, +: the owner,
 * accepting by it, ?: the requester asks, and the owner answers.
 */
const TABLE: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  draft: { requested: 'R', 'entered-in-error': 'R' },
  requested: {
    accepted: 'O',
    rejected: 'O',
    'in-progress': '+',
    completed: '+',
    cancelled: 'RO',
    'entered-in-error': 'R',
  },
  accepted: {
    'in-progress': 'O',
    'on-hold': 'O',
    completed: 'O',
    failed: 'O',
    cancelled: 'RO',
    'entered-in-error': 'R',
  },
  'in-progress': { 'on-hold': 'O', completed: 'O', failed: 'O', cancelled: 'O?', 'entered-in-error': 'R' },
  'on-hold': { 'in-progress': 'O', completed: 'O', failed: 'O', cancelled: 'RO', 'entered-in-error': 'R' },
};
const FINAL = ['completed', 'failed', 'rejected', 'cancelled', 'entered-in-error'];
const WITH_REASON = ['rejected', 'cancelled', 'on-hold', 'failed'];

export const isFinal = ({ status }: Pick<Part, 'status'>): boolean => FINAL.includes(status);
const isLive = (part: Part): boolean => !isFinal(part);

/** What a status said by a side means. */
export function verdict(
  from: string,
  to: string,
  side: Side,
  hasReason: boolean,
): 'same' | 'step' | 'asks' | 'refused' {
  if (from === to) return 'same';
  const cell = TABLE[from]?.[to] ?? '';
  const asks = side === 'R' && cell.includes('?');
  if (!asks && !cell.includes(side) && !(side === 'O' && cell.includes('+'))) return 'refused';
  if (WITH_REASON.includes(to) && !hasReason) return 'refused';
  return asks ? 'asks' : 'step';
}

/** Whether one step may follow another in a history, which says each step by itself. */
export function isStep(from: string | null, to: string): boolean {
  if (from === null) return to === 'requested';
  const cell = TABLE[from]?.[to];
  return from === to || (cell !== undefined && cell !== '+');
}

/**
 * A leg has taken a status, by its owner or not: what follows of that for the others, and for the whole. Where the reason lies
 * with the client (`isOfClient`), nobody else is asked: people decide.
 */
export function legTook(state: State, leg: Part, to: string, byOwner: boolean, isOfClient = false): void {
  const began = leg.status === 'requested' && ['accepted', 'in-progress', 'completed'].includes(to);
  const changed = leg.status !== to;
  const stops = leg.asked;
  take(leg, to);
  const others = state.legs.filter(
    (each) => each !== leg && leg.offer && each.offer === leg.offer && each.status === 'requested',
  );
  if (began) for (const other of others) take(other, 'cancelled');
  const isLeft = changed && (['rejected', 'failed'].includes(to) || (to === 'cancelled' && byOwner && !stops));
  if (isLeft && !isOfClient && others.length === 0 && isLive(state.root) && !state.root.asked) askNext(state);
  rollUp(state);
}

/** The best service that was not asked before. */
export function askNext({ legs, byItself }: State): void {
  const next = byItself ? WITH_SERVICE.find((each) => !legs.some(({ owner }) => owner === each)) : undefined;
  if (next) legs.push(newLeg(next));
}

export function newLeg(owner: string, offer?: string): Part {
  return { owner, author: HUB, status: 'requested', offer, asked: false, hasOutput: false };
}

/** What the sender sees of the whole, where the hub places it. */
export function rollUp({ root, legs }: State): void {
  if (root.owner !== HUB) return;
  if (legs.some(({ hasOutput }) => hasOutput)) root.hasOutput = true;
  if (isFinal(root)) return;
  const live = legs.filter(isLive);
  const completed = legs.filter(({ status }) => status === 'completed');
  if (live.length === 0) {
    if (root.asked && completed.length === 0) take(root, 'cancelled');
    else if (completed.length > 0)
      take(root, completed.every(({ hasOutput }) => hasOutput) ? 'completed' : 'in-progress');
    return;
  }
  if (completed.length > 0 || live.some(({ status }) => status === 'in-progress')) take(root, 'in-progress');
  else if (live.every(({ status }) => status === 'on-hold'))
    take(root, root.status === 'requested' ? 'accepted' : 'on-hold');
  else if (live.some(({ status }) => status === 'accepted')) {
    if (root.status === 'on-hold') take(root, 'in-progress');
    else if (root.status === 'requested') take(root, 'accepted');
  }
}

/** The referral itself has taken a status: whoever works on it stops. */
export function rootTook(state: State, to: string): void {
  take(state.root, to);
  if (isFinal(state.root)) for (const leg of state.legs) if (isLive(leg)) take(leg, 'cancelled');
}

/** Its sender wants it stopped that has begun: who has begun is asked, who has not is asked no more. */
export function askedToStop(state: State): void {
  state.root.asked = true;
  for (const leg of state.legs.filter(isLive)) {
    if (['requested', 'accepted'].includes(leg.status)) take(leg, 'cancelled');
    else leg.asked = true;
  }
  rollUp(state);
}

/** Who was asked to stop goes on. */
export function goesOn(state: State, part: Part): void {
  if (isFinal(part) || !part.asked) return;
  part.asked = false;
  if (part === state.root) for (const leg of state.legs.filter(isLive)) leg.asked = false;
  else if (!state.legs.some((leg) => isLive(leg) && leg.asked)) {
    state.root.asked = false;
    rollUp(state);
  }
}

export function take(part: Part, status: string): void {
  part.status = status;
  if (isFinal(part)) part.asked = false;
}
