import { brokenClient } from './confirmation/invariants.ts';
import { awaitedOf } from './confirmation/model.ts';
import { brokenConsents } from './consents/invariants.ts';
import { brokenMessages } from './messages/invariants.ts';
import { isFinal, isStep } from './model.ts';
import { brokenProgress } from './progress.ts';
import type { Seen } from './seen-loop.ts';
import { brokenFindings } from './there/invariants.ts';
import { AGENCIES, HUB, SENDERS } from './world.ts';

const WITHDRAWN = ['cancelled', 'entered-in-error'];
const TOLD = ['delivered', 'withdrawn'];

/** What must hold of every loop at every moment, each with what is said when it does not. */
export function broken(seen: Seen): string[] {
  return [
    ...promise(seen),
    ...ladders(seen),
    ...parts(seen),
    ...history(seen),
    ...news(seen),
    ...brokenMessages(seen),
    ...brokenClient(seen),
    ...brokenProgress(seen),
    ...brokenConsents(seen),
    ...brokenFindings(seen),
  ];
}

/** It waits for somebody, by a moment; or its sender knows how it ended. */
function promise({ row, root, client, deliveries, deadlines, transitions }: Seen): string[] {
  if (!row) return wasSent(transitions) ? ['It has no loop.'] : [];
  if (root.status === 'draft') return ['It is a draft, and has a loop.'];
  const closing = deliveries.findLast(({ kind }) => kind === 'closing');
  const isClosed = isFinal(root) && closing !== undefined && TOLD.includes(closing.status) && !awaitedOf(client);
  const organizations: readonly (string | null)[] = [...SENDERS, ...AGENCIES, HUB];
  const waits = row.next_step && row.waiting_on && row.since && row.due;
  const isSomebody =
    !['receiver', 'sender'].includes(row.waiting_on ?? '') || organizations.includes(row.waiting_on_org);
  return [
    ...(row.state === (isClosed ? 'closed' : 'open') ? [] : [`It is ${row.state}, and ought not to be.`]),
    ...(row.status === root.status ? [] : [`Its row says ${row.status}, its Task ${root.status}.`]),
    ...(row.state === 'closed' || (waits && isSomebody) ? [] : ['It is open and waits for nobody.']),
    ...(row.state === 'closed' || isFirst(row, deadlines) ? [] : ['It does not wait for what is due first.']),
    ...(row.state === 'open' || (!row.next_step && row.outcome) ? [] : ['It is closed and waits, or has no outcome.']),
  ];
}

/** What is awaited next is what is due first; that a client got nothing goes before. */
function isFirst({ next_step, due }: NonNullable<Seen['row']>, deadlines: Seen['deadlines']): boolean {
  const dues = deadlines.map((each) => new Date(each.due).getTime());
  return next_step === 'decide-after-answer' || new Date(due ?? '').getTime() === Math.min(...dues);
}

/** A draft is nobody's business. */
function wasSent(transitions: Seen['transitions']): boolean {
  return transitions.length > 0;
}

/** What is awaited of whom has a ladder, and what is not has none. */
function ladders({ row, root, legs, deadlines }: Seen): string[] {
  if (row?.state !== 'open') return deadlines.length > 0 ? ['It is not open, and something is due.'] : [];
  const wanted = isFinal(root)
    ? []
    : legs.filter((leg) => !isFinal(leg) || (leg.status === 'completed' && leg.outputs === 0));
  const ofWork = deadlines.filter(({ messageId }) => messageId === '');
  const missing = wanted.filter(({ id }) => !ofWork.some(({ taskId }) => taskId === id));
  const gone = ofWork.filter(
    ({ taskId }) => legs.some((leg) => leg.id === taskId) && !wanted.some(({ id }) => id === taskId),
  );
  return [
    ...(deadlines.length === 0 ? ['It is open, and nothing is due.'] : []),
    ...missing.map(({ owner }) => `Nothing happens when ${owner} says nothing.`),
    ...gone.map(({ step }) => `A ladder goes on for ${step}, which nobody waits for.`),
    ...deadlines.filter(({ rungs }) => rungs === 0).map(({ step }) => `When ${step} is late nobody is told.`),
    ...deadlines
      .filter(({ at, rungs, fired }) => (at === null) !== fired >= rungs)
      .map(({ step }) => `The ladder of ${step} stands still.`),
  ];
}

/** Who is asked for what. */
function parts({ root, legs, requests, transitions }: Seen): string[] {
  const live = legs.filter((leg) => !isFinal(leg));
  const owners = live.map(({ owner }) => owner);
  const accepted = legs.filter(
    ({ id, offer }) => offer && transitions.some((each) => each.taskId === id && each.to === 'accepted'),
  );
  const offers = accepted.map(({ offer }) => offer);
  const ended = [root, ...legs].filter(isFinal).map(({ id }) => id);
  const left = requests.filter(({ status, focus }) => status === 'requested' && ended.includes(focus));
  return [
    ...(isFinal(root) && live.length > 0 ? [`It has ended, and ${owners.join(', ')} still works on it.`] : []),
    ...(new Set(owners).size < owners.length ? [`One organization is asked twice at once: ${owners.join(', ')}.`] : []),
    ...(new Set(offers).size < offers.length ? ['Two have accepted what only the first may have.'] : []),
    ...left.map(({ what }) => `A request (${what}) waits for an answer of what has ended.`),
  ];
}

/** Each step follows from the one before, in the order in which they were written. */
function history({ root, legs, transitions }: Seen): string[] {
  const times = transitions.map(({ recordedAt }) => recordedAt);
  const wrong = [root, ...legs].flatMap(({ id, status }) => {
    const own = transitions.filter(({ taskId }) => taskId === id);
    const broke = own.filter(({ from, to }, at) => !isStep(from, to) || from !== (own[at - 1]?.to ?? null));
    const last = own.at(-1)?.to;
    return [
      ...broke.map(({ from, to }) => `A step from ${from} to ${to} is in its history.`),
      ...(last === status || !wasSent(transitions) ? [] : [`Its history ends with ${last}, and it is ${status}.`]),
    ];
  });
  return [
    ...wrong,
    ...(times.every((time, at) => at === 0 || time >= (times[at - 1] ?? '')) ? [] : ['Its history goes back in time.']),
  ];
}

/** Whom something concerns is told, once for each thing that happened. */
function news({ root, legs, deliveries, transitions }: Seen): string[] {
  const news = deliveries.filter(({ kind, taskId }) => taskId === root.id && (kind === 'status' || kind === 'closing'));
  const toSender = news.filter(({ recipient }) => SENDERS.some((sender) => sender === recipient));
  const versions = toSender.map(({ taskVersion }) => taskVersion);
  const untold = legs.filter(({ id, status, owner }) => {
    if (owner === HUB || !WITHDRAWN.includes(status)) return false;
    const by = transitions.find((each) => each.taskId === id && WITHDRAWN.includes(each.to))?.by;
    return by !== owner && !deliveries.some(({ kind, taskId }) => kind === 'cancel' && taskId === id);
  });
  const ends = transitions.filter(
    ({ taskId, from, to }) => taskId === root.id && from !== to && isFinal({ status: to }),
  );
  return [
    ...(new Set(versions).size < versions.length ? ['Its sender is told the same twice.'] : []),
    ...(ends.length > 1 ? ['It has ended twice.'] : []),
    ...untold.map(({ owner }) => `${owner} is not told that it is asked no more.`),
  ];
}
