import { clientByTime } from './confirmation/invariants.ts';
import { isFinal } from './model.ts';
import type { Seen, SeenTask } from './seen-loop.ts';

/**
 * What time alone may do: who has not answered may be asked no more, and another in its place, one for each part; and where
 * nobody at all has taken it on, the referral may end. Nobody's work is touched.
 * @returns what was done that may not be
 */
export function doneByTime(before: Seen, after: Seen): string[] {
  const known = new Map(before.legs.map((leg) => [leg.id, leg]));
  const added = after.legs.filter(({ id }) => !known.has(id));
  const withdrawn = after.legs.filter(({ id, status }) => status === 'cancelled' && waited(known.get(id)));
  const touched = after.legs.filter((leg) => {
    const was = known.get(leg.id)?.status;
    return was !== undefined && was !== leg.status && !withdrawn.includes(leg);
  });
  const parts = new Set(withdrawn.map(({ offer, id }) => offer ?? id));
  return [
    ...touched.map(({ owner, status }) => `Time has made the part of ${owner} ${status}.`),
    ...added
      .filter((leg) => leg.status !== 'requested' && !withdrawn.includes(leg))
      .map(({ owner }) => `Time has ${owner} do it unasked.`),
    ...(added.length > parts.size ? [`${added.length} are asked in the place of ${parts.size}.`] : []),
    ...(same(before.messages, after.messages) ? [] : ['Time has said something, or answered it.']),
    ...clientByTime(before, after),
    ...rootByTime(before, after),
  ];
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** Whether who was asked had not answered; undefined: was asked meanwhile. */
function waited(leg: SeenTask | undefined): boolean {
  return leg === undefined || leg.status === 'requested';
}

function rootByTime(before: Seen, after: Seen): string[] {
  const [was, is] = [before.root.status, after.root.status];
  if (was === is) return [];
  const isTaken = (leg: SeenTask): boolean => !isFinal(leg) && leg.status !== 'requested';
  const isDone = ({ status }: SeenTask): boolean => status === 'completed';
  if (is === 'failed' && before.legs.some((leg) => isTaken(leg) || isDone(leg)))
    return ['Time has ended a referral that somebody works on.'];
  if (is === 'failed' && before.legs.length === 0 && was !== 'requested') return [`Time has ended what was ${was}.`];
  // The last that did not answer is gone: what the others have done is the whole of it.
  return ['failed', 'completed', 'in-progress', 'on-hold', 'accepted', 'cancelled'].includes(is)
    ? []
    : [`Time has made it ${is}.`];
}
