import type { Answering, Client, Part, Received, State } from '../state.ts';

/** What is awaited of a client that is asked: its answer, or what becomes of that; undefined: nothing. */
export function awaitedOf(client: Client | null): 'confirm-with-client' | 'decide-after-answer' | undefined {
  if (client?.stands === 'asked') return 'confirm-with-client';
  const gotNothing = client?.stands === 'answered' && (client.received === 'no' || client.needRemains);
  return gotNothing && !client.isSettled ? 'decide-after-answer' : undefined;
}

/** Whether it is reported as done, with what was done. */
export const isReported = ({ status, hasOutput }: Part): boolean => status === 'completed' && hasOutput;

/** What is reported now is asked about where a policy says so. */
export function askClient(state: State): void {
  if (!state.asksClient || !isReported(state.root)) return;
  state.client = {
    stands: 'asked',
    received: null,
    needRemains: null,
    isHandedOver: false,
    linkUntil: null,
    isSettled: false,
  };
}

/** The client answers. @returns whether it was asked */
export function answered({ client }: State, received: Received, needRemains: boolean): boolean {
  if (client?.stands !== 'asked') return false;
  Object.assign(client, { stands: 'answered', received, needRemains, isHandedOver: false, linkUntil: null });
  return true;
}

/** How long a link is good. */
const LINK_MS = 14 * 86_400_000;

/** The client has the questions now, and only this link to them. @returns whether there are any */
export function handedOver({ client }: State, now: string): boolean {
  if (client?.stands !== 'asked') return false;
  client.isHandedOver = true;
  client.linkUntil = new Date(new Date(now).getTime() + LINK_MS).toISOString();
  return true;
}

/** The client answers by a link. @returns whether that is good still */
export function answeredByLink(state: State, link: 'last' | 'earlier', answer: Answering, now: string): boolean {
  const until = state.client?.linkUntil ?? null;
  if (link === 'earlier' || until === null || until <= now) return false;
  return answered(state, answer.received, answer.needRemains);
}

/** A case manager says what becomes of it, whatever is awaited. */
export function settled({ client }: State): void {
  const awaited = awaitedOf(client);
  if (awaited === 'confirm-with-client')
    Object.assign(client ?? {}, { stands: 'unanswered', isHandedOver: false, linkUntil: null });
  else if (awaited) Object.assign(client ?? {}, { isSettled: true });
}
