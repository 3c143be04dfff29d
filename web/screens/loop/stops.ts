import type { Leg, LoopDetail, NextStepCode, StatusEntry, TaskStatus } from '../../api/types.ts';
import { latenessOf } from '../../components/loop/lateness.ts';
import type { MarkKind } from '../../components/loop/mark.tsx';

/** What the path is drawn from, in the order a referral walks: legs asked at the same time share a stop. */
export type Stop =
  | { kind: 'sender' }
  | { kind: 'hub' }
  | { kind: 'legs'; legs: Leg[] }
  | { kind: 'nobody'; mark: MarkKind }
  | { kind: 'outcome'; mark: MarkKind };

const ended = new Set<TaskStatus>(['rejected', 'completed', 'failed', 'cancelled', 'entered-in-error']);
const choosing = new Set<NextStepCode>([
  'resolve-intake',
  'choose-recipient',
  'decide-after-decline',
  'decide-after-failure',
]);

export function stopsOf(loop: LoopDetail, now: number): Stop[] {
  const legs = loop.legs.length > 0 ? loop.legs : trackedLeg(loop);
  const step = loop.nextStep;
  const open: MarkKind = step && latenessOf(step, now).late ? 'late' : 'waiting';
  const nobody: Stop[] = step && choosing.has(step.step) ? [{ kind: 'nobody', mark: open }] : [];
  const outcome = loop.state === 'closed' ? 'closed' : loop.outcome ? open : 'future';
  return [
    { kind: 'sender' },
    { kind: 'hub' },
    ...roundsOf(legs).map((round): Stop => ({ kind: 'legs', legs: round })),
    ...nobody,
    { kind: 'outcome', mark: outcome },
  ];
}

/** A leg offered while an earlier one was still running was asked beside it, not after it. */
export function roundsOf(legs: Leg[]): Leg[][] {
  const rounds: Leg[][] = [];
  for (const leg of [...legs].sort((a, b) => Date.parse(a.offeredAt) - Date.parse(b.offeredAt))) {
    const last = rounds.at(-1);
    const beside = last?.some((other) => Date.parse(leg.offeredAt) < endOf(other));
    if (last && beside) last.push(leg);
    else rounds.push([leg]);
  }
  return rounds;
}

function endOf(leg: Leg): number {
  const end = leg.endedAt ?? (ended.has(leg.status) ? leg.decidedAt : null);
  return end ? Date.parse(end) : Number.POSITIVE_INFINITY;
}

/** A referral addressed to one agency has no legs of its own: its statuses are the loop's. */
function trackedLeg(loop: LoopDetail): Leg[] {
  if (!loop.receiver) return [];
  const statuses = loop.timeline
    .filter((entry): entry is StatusEntry => entry.kind === 'status' && entry.of === 'root')
    .sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
  const decided = statuses.find((entry) => !['draft', 'requested'].includes(entry.to));
  const last = statuses.findLast((entry) => ended.has(entry.to));
  return [
    {
      id: loop.id,
      organization: loop.receiver,
      status: loop.status,
      progress: loop.progress,
      reason: statuses.at(-1)?.reason ?? null,
      offeredAt: loop.openedAt,
      decidedAt: decided?.at ?? null,
      endedAt: last?.at ?? null,
      takenBack: false,
    },
  ];
}

/** When the sender's side took the outcome; a loop may also be closed by a person who wrote down why it cannot be told. */
export function toldAt(loop: LoopDetail): string | null {
  if (loop.state !== 'closed') return null;
  const told = loop.timeline.findLast(
    (entry) =>
      entry.kind === 'delivery' &&
      entry.message === 'closing' &&
      entry.status === 'delivered' &&
      entry.recipient.id === loop.sender.id,
  );
  return told?.kind === 'delivery' ? (told.settledAt ?? told.at) : null;
}

/** Whether the loop waits for this leg. */
export function isAwaited(loop: LoopDetail, leg: Leg): boolean {
  const step = loop.nextStep;
  if (!step || ended.has(leg.status)) return false;
  const { kind, party } = step.waitingOn;
  if (step.step === 'deliver') return leg.status === 'requested';
  return kind === 'receiver' && (party === null || party.id === leg.organization.id);
}

export function markOfLeg(loop: LoopDetail, leg: Leg, now: number): MarkKind {
  if (leg.status === 'completed') return 'done';
  if (ended.has(leg.status)) return 'declined';
  if (loop.nextStep && isAwaited(loop, leg) && latenessOf(loop.nextStep, now).late) return 'late';
  return leg.status === 'on-hold' ? 'paused' : 'waiting';
}
