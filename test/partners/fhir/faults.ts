import type { IncomingMessage, ServerResponse } from 'node:http';

const KINDS = ['reset', 'error', 'hang'] as const;
export type FaultKind = (typeof KINDS)[number];

/** One call that goes wrong. */
export interface Fault {
  readonly kind: FaultKind;
  /** The call had its effect; only the answer is lost. Saying it again must not do it again. */
  readonly afterwards: boolean;
}

export interface FaultPlan {
  /** The share of calls that go wrong, 0 to 1; half of them have had their effect. */
  readonly rate: number;
  /** How long a call that hangs is held: longer than the caller waits. */
  readonly hangMs: number;
  /** The same seed makes the same faults in the same order. */
  readonly seed: number;
}

/** What makes a partner a bad one. */
export interface Faults {
  /** What is to go wrong with the next call, if anything. */
  next(): Fault | undefined;
  /** Lets a call go wrong, instead of answering it. */
  commit(fault: Fault, request: IncomingMessage, response: ServerResponse): void;
  readonly counts: Readonly<Record<FaultKind, number>>;
}

export function createFaults({ rate, hangMs, seed }: FaultPlan): Faults {
  const chance = seededChance(seed);
  const counts = { reset: 0, error: 0, hang: 0 };
  return {
    counts,
    next: () => {
      if (chance() >= rate) return undefined;
      const kind = KINDS[Math.floor(chance() * KINDS.length)] ?? 'reset';
      return { kind, afterwards: chance() < 0.5 };
    },
    commit: ({ kind }, request, response) => {
      counts[kind] += 1;
      if (kind === 'reset') request.socket.resetAndDestroy();
      else if (kind === 'error') response.writeHead(500, { 'content-type': 'text/plain' }).end('Out of order\n');
      else hold(request, response, hangMs);
    },
  };
}

/** Says nothing until the caller has gone, or the time is over. */
function hold(request: IncomingMessage, response: ServerResponse, hangMs: number): void {
  const timer = setTimeout(() => request.socket.destroy(), hangMs);
  response.once('close', () => clearTimeout(timer));
}

/** Numbers from 0 to 1 that look random and are the same for the same seed (mulberry32). */
export function seededChance(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
