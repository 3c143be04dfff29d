import type { LoopSummary, NextStep } from '../../api/types.ts';
import type { MarkKind } from './mark.tsx';

export interface Lateness {
  late: boolean;
  /** How long it is overdue, or how long is left; null when nobody set a time. */
  ms: number | null;
}

/** The hub says what is late; a page left open sees time pass by itself. */
export function latenessOf(step: NextStep, now: number): Lateness {
  if (step.due === null) return { late: step.late, ms: null };
  const overdue = now - Date.parse(step.due);
  return { late: step.late || overdue > 0, ms: Math.abs(overdue) };
}

export function markOf(loop: LoopSummary, now: number): MarkKind {
  if (!loop.nextStep) return 'closed';
  if (latenessOf(loop.nextStep, now).late) return 'late';
  return loop.status === 'on-hold' ? 'paused' : 'waiting';
}
