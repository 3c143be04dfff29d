import type { NextStep } from '../next-step/next-step.ts';
import type { FiringRecord, LoopRecords } from '../projection/records.ts';
import { ESCALATIONS, type Escalation } from '../words.ts';

/** As far as the ladder of anything that is awaited has come. Pure. */
export function escalationOf(steps: readonly NextStep[], { firings }: Pick<LoopRecords, 'firings'>): Escalation | null {
  return furthest(firings.filter((firing) => steps.some((step) => isOf(firing, step))).map(escalationBy));
}

function isOf(firing: FiringRecord, { taskId, step, messageId = '', since }: NextStep): boolean {
  const isSame = firing.taskId === taskId && firing.step === step && firing.messageId === messageId;
  return isSame && firing.since === since.toISOString();
}

/** How far a rung that was done brings a loop; what could not be done, a case manager must look at. Pure. */
export function escalationBy({ what, result }: Pick<FiringRecord, 'what' | 'result'>): Escalation {
  if (result !== 'done') return 'worklist';
  return what === 'worklist' || what === 'supervisor' ? what : 'reminded';
}

/** The furthest of some; null: of none. Pure. */
function furthest(all: readonly Escalation[]): Escalation | null {
  return ESCALATIONS.findLast((each) => all.includes(each)) ?? null;
}
