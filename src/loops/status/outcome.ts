import type { Task } from '@medplum/fhirtypes';
import { isTerminal, type OutcomeCode, outcomeNamed, reasonOf, remainsOf } from '../words.ts';
import { standingOutputs } from './outputs.ts';

export interface LoopOutcome {
  readonly outcome: OutcomeCode | null;
  readonly outcome_text: string | null;
  /** What of the need remains. */
  readonly outcome_remains: string | null;
}

/** How a referral ended, from the Task that ended; nulls while it goes on. Pure. */
export function loopOutcome(root: Task): LoopOutcome {
  if (!isTerminal(root.status)) return { outcome: null, outcome_text: null, outcome_remains: null };
  const text = reasonOf(root) ?? outputText(root) ?? null;
  return {
    outcome: outcomeNamed(root) ?? outcomeOf(root),
    outcome_text: text,
    outcome_remains: remainsOf(root) ?? null,
  };
}

function outcomeOf(root: Task): OutcomeCode {
  switch (root.status) {
    case 'completed':
      return isAllTakenBack(root) ? 'entered-in-error' : 'services-provided';
    case 'cancelled':
      return 'withdrawn-by-sender';
    case 'rejected':
      return 'receiver-declined';
    case 'entered-in-error':
      return 'entered-in-error';
    default:
      return 'not-provided';
  }
}

/** What was said to be done was entered in error, all of it. */
function isAllTakenBack(root: Task): boolean {
  return (root.output ?? []).length > 0 && standingOutputs(root).length === 0;
}

function outputText(root: Task): string | undefined {
  const output = standingOutputs(root)[0] ?? root.output?.[0];
  return (
    output?.valueReference?.display ??
    output?.valueCodeableConcept?.text ??
    output?.valueCodeableConcept?.coding?.[0]?.display
  );
}
