import type { NextStep } from './next-step.ts';
import type { FiringRecord, LoopRecords } from './records.ts';
import type { Escalation } from './words.ts';

/** As far as the ladder of anything that is awaited has come; what could not be done, a case manager must look at. */
export function escalationOf(steps: readonly NextStep[], { firings }: Pick<LoopRecords, 'firings'>): Escalation | null {
  const fired = firings.filter((firing) => steps.some((step) => isOf(firing, step)));
  if (fired.some(({ what }) => what === 'supervisor')) return 'supervisor';
  if (fired.some(({ what, result }) => what === 'worklist' || result !== 'done')) return 'worklist';
  return fired.length > 0 ? 'reminded' : null;
}

function isOf(firing: FiringRecord, { taskId, step, messageId = '', since }: NextStep): boolean {
  const isSame = firing.taskId === taskId && firing.step === step && firing.messageId === messageId;
  return isSame && firing.since === since.toISOString();
}
