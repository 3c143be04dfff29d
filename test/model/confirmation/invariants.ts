import type { Seen } from '../seen-loop.ts';
import { awaitedOf } from './model.ts';

const STEPS = ['confirm-with-client', 'decide-after-answer'];

/** What must hold of asking a client: what is awaited of it has a ladder, and what is not has none. */
export function brokenClient({ row, client, deadlines }: Seen): string[] {
  const awaited = row?.state === 'open' ? awaitedOf(client) : undefined;
  const waitingOn = awaited === 'confirm-with-client' && client?.isHandedOver ? 'client' : 'case-manager';
  const wanted = awaited ? [`${awaited} of ${waitingOn}`] : [];
  const found = deadlines
    .filter(({ step }) => STEPS.includes(step))
    .map(({ step, waitingOn: whom }) => `${step} of ${whom}`);
  return found.join() === wanted.join()
    ? []
    : [`Of its client is awaited ${found.join() || 'nothing'}, and ought to be ${wanted.join() || 'nothing'}.`];
}

/** What time may make of it: who has not answered is not waited for any longer. */
export function clientByTime(before: Seen, after: Seen): string[] {
  const isOver = before.client?.stands === 'asked' && after.client?.stands === 'unanswered';
  const isAsked = before.client === null && after.client?.stands === 'asked' && after.root.status === 'completed';
  const isSame = JSON.stringify(before.client) === JSON.stringify(after.client);
  return isOver || isAsked || isSame ? [] : ['Time has said what its client received.'];
}
