import { isFinal } from '../model.ts';
import type { Message, Part, State } from '../state.ts';
import { HUB, type Party } from '../world.ts';

export type Writing = Pick<Message, 'answerBy'> & {
  readonly to: Party | undefined;
  readonly names: Message | undefined;
};

/** Whether it waits for an answer. */
export const waits = ({ answerBy, answeredBy, isWithdrawn }: Message): boolean =>
  answerBy !== null && answeredBy === null && !isWithdrawn;

/**
 * Somebody writes about a Task: about a part the hub and who is asked write to each other; about the whole its sender does,
 * too. An answer is awaited only where work goes on. What is said to whom has asked answers that.
 */
export function written(state: State, about: Part, by: Party, sender: Party, said: Writing, now: string): boolean {
  // What the hub writes down for nobody is for itself.
  if (by === HUB && said.to === undefined) return true;
  const sides: string[] = about === state.root ? [about.owner, sender, HUB] : [about.owner, HUB];
  const others = sides.filter((each) => each !== by);
  const to = said.to ?? others[0];
  if (!sides.includes(by) || to === undefined || !others.includes(to)) return false;
  if (said.answerBy !== null && (said.answerBy <= now || isFinal(about) || isFinal(state.root))) return false;
  for (const asked of state.messages.filter((each) => each.about === about && each.from === to && each.to === by))
    if (waits(asked) && (!said.names || said.names === asked)) asked.answeredBy = NEW;
  const { answerBy } = said;
  state.messages.push({ id: NEW, about, from: by, to, answerBy, answeredBy: null, isRead: false, isWithdrawn: false });
  return true;
}

/**
 * Who asked says something else to who does it, of which the hub tells whoever goes on with it, by a message about its part.
 * That answers nothing.
 */
export function toldOfChange({ root, legs, messages }: State): void {
  if (isFinal(root)) return;
  const parts = root.owner === HUB ? legs.filter((leg) => !isFinal(leg)) : [root];
  for (const about of parts.filter(({ owner }) => owner !== HUB)) {
    const none = { answerBy: null, answeredBy: null, isRead: false, isWithdrawn: false };
    messages.push({ id: NEW, about, from: HUB, to: about.owner, ...none });
  }
}

const NEW = 'new';

/** When it was received, its reader says. Said again, or of what was taken back, it means nothing. */
export function received(message: Message, by: Party): boolean {
  const wasRead = message.isRead;
  if (by === message.to) message.isRead ||= !message.isWithdrawn;
  return by === message.to || by === message.from || (by === HUB && (wasRead || message.isWithdrawn));
}

/** Its writer takes it back, or the hub: what it asked is awaited no more, and what it answered is again. */
export function withdrawn({ messages }: State, message: Message, by: Party): boolean {
  if (message.isWithdrawn) return [message.to, message.from, HUB].includes(by);
  if (by !== message.from && by !== HUB) return false;
  message.isWithdrawn = true;
  for (const each of messages) if (each.answeredBy === message.id) each.answeredBy = null;
  return true;
}
