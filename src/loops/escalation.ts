import type { FiringRecord } from './records.ts';
import { ESCALATIONS, type Escalation } from './words.ts';

/** How far a rung that was done brings a loop; what could not be done, a case manager must look at. Pure. */
export function escalationBy({ what, result }: Pick<FiringRecord, 'what' | 'result'>): Escalation {
  if (what === 'supervisor') return 'supervisor';
  return what === 'worklist' || result !== 'done' ? 'worklist' : 'reminded';
}

/** The furthest of some; null: of none. Pure. */
export function furthest(all: readonly Escalation[]): Escalation | null {
  return ESCALATIONS.findLast((each) => all.includes(each)) ?? null;
}
