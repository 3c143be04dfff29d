import type { ConfirmationFacts } from '../next-step/next-step.ts';
import type { LoopRecords } from '../projection/records.ts';
import { type ConfirmationCode, standingOf } from './standing.ts';

/** What the row of a loop says of asking its client. Pure. */
export function confirmed({ confirmation }: LoopRecords): {
  confirmation: ConfirmationCode | null;
  need_remains: boolean | null;
} {
  const standing = confirmation ? standingOf(confirmation) : undefined;
  return { confirmation: standing?.code ?? null, need_remains: standing?.says?.needRemains ?? null };
}

/** Who has the questions must answer them; else a person puts them to the client. Pure. */
export function askedOf({ confirmation }: LoopRecords): ConfirmationFacts | undefined {
  const standing = confirmation ? standingOf(confirmation) : undefined;
  if (!standing?.awaits) return undefined;
  const { taskId, awaits, handedOver, since } = standing;
  const waitingOn = awaits === 'confirm-with-client' && handedOver ? 'client' : 'case-manager';
  return { taskId, awaits, waitingOn, since: new Date(since) };
}
