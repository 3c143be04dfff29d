import type { SendOutcome } from '../channels/channel.ts';

/**
 * Waits between attempts: 75 h 36 min in all. Standard Webhooks' schedule.
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export const DEFAULT_SCHEDULE_MS: readonly number[] = [
  5_000, 60_000, 300_000, 1_800_000, 7_200_000, 18_000_000, 36_000_000, 50_400_000, 72_000_000, 86_400_000,
];

/** What becomes of a delivery after an attempt. */
export type Settlement =
  | { readonly status: 'delivered' | 'rejected' | 'dead' | 'withdrawn'; readonly nextAt: undefined }
  | { readonly status: 'pending'; readonly nextAt: Date };

/**
 * Decides what an attempt's outcome means for its delivery. Pure.
 * @param attempt the attempt's number, from 1
 * @param chance 0 to 1: spreads the waits by ±20 %, so that a partner that comes back is not met by all at once
 */
export function settlementOf(
  outcome: SendOutcome,
  attempt: number,
  schedule: readonly number[],
  now: Date,
  chance: number,
): Settlement {
  switch (outcome.kind) {
    case 'delivered':
    case 'rejected':
      return { status: outcome.kind, nextAt: undefined };
    case 'wait':
      return { status: 'pending', nextAt: outcome.until };
    case 'retry':
    case 'unknown':
      return again(outcome, schedule[attempt - 1], now, chance);
  }
}

function again(outcome: SendOutcome, wait: number | undefined, now: Date, chance: number): Settlement {
  if (wait === undefined) return { status: 'dead', nextAt: undefined };
  const spread = wait * (0.8 + 0.4 * chance);
  const asked = outcome.kind === 'retry' && outcome.notBefore ? outcome.notBefore.getTime() - now.getTime() : 0;
  // A partner may ask for more patience than planned, but not for ever.
  const patience = Math.min(Math.max(asked, spread), 2 * wait + 60_000);
  return { status: 'pending', nextAt: new Date(now.getTime() + patience) };
}

/** A delivery as it stands when a worker takes it. */
export interface DeliveryState {
  readonly status: string;
  readonly leaseUntil: Date | null;
  /** An earlier message of the same lane is not settled. */
  readonly overtakes: boolean;
  /** Attempts in flight to the same organization. */
  readonly inFlight: number;
}

export type Start = 'go' | 'resume' | 'settled' | 'taken' | 'overtakes' | 'lane-full';

/** Whether a worker may send a delivery now. `resume`: an earlier worker was lost while it was sending. Pure. */
export function mayStart(state: DeliveryState, laneLimit: number, now: Date): Start {
  if (state.status !== 'pending' && state.status !== 'sending') return 'settled';
  if (state.status === 'sending') return state.leaseUntil && state.leaseUntil > now ? 'taken' : 'resume';
  if (state.overtakes) return 'overtakes';
  return state.inFlight >= laneLimit ? 'lane-full' : 'go';
}
