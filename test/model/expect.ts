import type { Command } from './commands.ts';
import { answered, answeredByLink, handedOver, settled } from './confirmation/model.ts';
import {
  askedToStop,
  askNext,
  goesOn,
  isFinal,
  legTook,
  newLeg,
  rollUp,
  rootTook,
  type Side,
  take,
  verdict,
} from './model.ts';
import type { Seen, SeenRequest, SeenTask } from './seen-loop.ts';
import type { Part, State } from './state.ts';
import { type ByHand, HUB, type Party } from './world.ts';

/** Whether something is done, by the design; `state` is then what it leaves. */
export type Expected = boolean;

/** A loop as the model takes it. */
export function stateOf(
  { root, legs, messages, appointments, consents, client }: Seen,
  { byItself, asksClient }: Pick<State, 'byItself' | 'asksClient'>,
): State {
  const parts = new Map([root, ...legs].map((task) => [task.id, partOf(task)]));
  const at = (id: string): Part => parts.get(id) as Part;
  return {
    root: at(root.id),
    legs: legs.map(({ id }) => at(id)),
    messages: messages.map(({ taskId, ...message }) => ({ ...message, about: at(taskId) })),
    appointments: appointments.map(({ id, by, status }) => ({ id, by, status })),
    consents: consents.map((each) => ({ ...each })),
    client: client && { ...client },
    byItself,
    asksClient,
  };
}

function partOf({ owner, author, status, offer, asked, outputs }: SeenTask): Part {
  return { owner, author, status, offer, asked, hasOutput: outputs > 0 };
}

/** On whose side a party stands of a Task; undefined: on neither. Of its own parts the hub is both. */
export function sideOf(state: State, part: Part, by: Party, sender: Party): Side | 'both' | undefined {
  const requester = part === state.root ? sender : HUB;
  if (by === part.owner) return by === requester ? 'both' : 'O';
  return by === requester || by === HUB ? 'R' : undefined;
}

type Saying = Pick<Extract<Command, { do: 'say' }>, 'status' | 'hasReason' | 'hasOutput'> & {
  readonly isStale: boolean;
  /** Whether the reason that it names lies with the client. */
  readonly isOfClient?: boolean;
};

/** Somebody says where a Task stands. */
export function expectSaid(state: State, part: Part, by: Party, sender: Party, said: Saying): Expected {
  const stands = sideOf(state, part, by, sender);
  if (!stands || said.isStale) return false;
  const asOwner = verdict(part.status, said.status, 'O', said.hasReason);
  const side = stands === 'both' ? (verdict(part.status, said.status, 'O', true) === 'refused' ? 'R' : 'O') : stands;
  const what = side === 'O' ? asOwner : verdict(part.status, said.status, 'R', said.hasReason);
  if (what === 'refused' || (said.hasOutput && side === 'R' && isFinal(part))) return false;
  if (said.status === 'completed' && part.owner === HUB && !said.hasOutput && !part.hasOutput) return false;
  if (what === 'asks') {
    if (part !== state.root) {
      part.asked = true;
      rollUp(state);
    } else if (!part.asked) askedToStop(state);
    return true;
  }
  if (said.hasOutput) part.hasOutput = true;
  if (part !== state.root) legTook(state, part, said.status, by === part.owner, said.isOfClient);
  else if (what === 'step') {
    const begins = part.status === 'draft' && said.status === 'requested';
    rootTook(state, said.status);
    if (begins && part.owner === HUB) askNext(state);
  }
  return true;
}

/** What was done is sent by itself. Somebody else's is nothing of this referral's. */
export function expectReport(state: State, part: Part, by: Party): void {
  if (by !== part.owner && by !== HUB) return;
  part.hasOutput = true;
  if (part !== state.root) legTook(state, part, part.status, false);
}

/** A Task of its own asks that the referral be stopped, wait or go on. */
export function expectAsked(
  state: State,
  { requests, root: { id } }: Seen,
  by: Party,
  sender: Party,
  { what, hasReason }: Pick<Extract<Command, { do: 'ask' }>, 'what' | 'hasReason'>,
): Expected {
  const { root, legs } = state;
  if (root.status === 'draft') return true;
  const isOpen = requests.some((each) => each.focus === id && each.what === what && each.status === 'requested');
  if ((by !== sender && by !== HUB) || !hasReason || isFinal(root) || isOpen) return false;
  if (what !== 'abort') {
    const concerned = what === 'suspend' ? ['accepted', 'in-progress'] : ['on-hold'];
    return (root.owner === HUB ? legs : [root]).some(({ status }) => concerned.includes(status));
  }
  if (root.status !== 'in-progress') rootTook(state, 'cancelled');
  else if (!root.asked) askedToStop(state);
  return true;
}

const ANSWERS: Readonly<Record<string, string>> = {
  accepted: 'completed',
  completed: 'completed',
  rejected: 'rejected',
};

/** Who is asked answers, or who asked takes it back. */
export function expectAnswered(
  state: State,
  part: Part,
  request: SeenRequest,
  by: Party,
  sender: Party,
  { status, hasReason }: Pick<Extract<Command, { do: 'answer' }>, 'status' | 'hasReason'>,
): Expected {
  const stands = sideOf(state, part, by, sender);
  if (!stands) return false;
  const isOwner = by === part.owner;
  const isRequester = stands !== 'O' || by === HUB;
  const answer =
    (isOwner ? ANSWERS[status] : undefined) ?? (isRequester && status === 'cancelled' ? 'cancelled' : undefined);
  if (status === request.status || answer === request.status) return true;
  if (request.status !== 'requested' || !answer || (answer === 'rejected' && !hasReason)) return false;
  if (request.what === 'abort') answerStop(state, part, answer, isOwner);
  else if (answer === 'completed') {
    const to = request.what === 'suspend' ? 'on-hold' : 'in-progress';
    if (verdict(part.status, to, 'O', true) !== 'step') return true;
    if (part === state.root) take(part, to);
    else legTook(state, part, to, isOwner);
  }
  return true;
}

function answerStop(state: State, part: Part, answer: string, isOwner: boolean): void {
  if (isFinal(part)) return;
  if (answer !== 'completed') goesOn(state, part);
  else if (part === state.root) rootTook(state, 'cancelled');
  else legTook(state, part, 'cancelled', isOwner);
}

/** What a case manager does. */
export function expectByHand(state: State, seen: Seen, how: ByHand): Expected {
  const { root, legs } = state;
  if (!seen.row) return false;
  const isOpen = !isFinal(root);
  // Nobody new works on what its sender wants stopped.
  const mayPlace = isOpen && root.owner === HUB && !root.asked;
  switch (how.what) {
    case 'offer': {
      const isAsked = legs.some((leg) => !isFinal(leg) && how.to.includes(leg.owner as Party));
      if (!mayPlace || isAsked) return false;
      const offer = how.mode === 'open' && how.to.length > 1 ? 'new' : undefined;
      for (const each of how.to) legs.push(newLeg(each, offer));
      return true;
    }
    case 'take-on':
      if (!mayPlace) return false;
      if (legs.some((leg) => leg.owner === HUB && !isFinal(leg))) return true;
      for (const leg of legs) if (leg.status === 'requested') take(leg, 'cancelled');
      legs.push({ ...newLeg(HUB), status: 'accepted' });
      rollUp(state);
      return true;
    case 'close': {
      // What has ended is closed once more only where it still waits for its sender.
      if (!isOpen) {
        if (root.status === 'completed' && !root.hasOutput) {
          root.hasOutput = true;
          state.asksClient &&= how.outcome === 'services-provided';
        } else settled(state);
        return seen.row?.state === 'open';
      }
      const isProvided = how.outcome === 'services-provided';
      rootTook(state, isProvided ? 'completed' : 'failed');
      if (isProvided) root.hasOutput = true;
      return true;
    }
    case 'reopen':
      if (!isOpen) settled(state);
      return !isOpen;
    case 'client-says':
      return answered(state, how.received, how.needRemains);
    case 'hand-link':
      return handedOver(state, seen.now);
    case 'answer-link':
      return answeredByLink(state, how.link, how, seen.now);
  }
}
