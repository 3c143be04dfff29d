import type { Tokens } from '../fhir/sign-in.ts';
import type { Sent } from '../hospital.ts';
import { type Loop, readLoop, type TimelineEntry } from '../hub/loops.ts';

/** Follows loops at the hub, and says each thing that happens to them in a line. */
export interface Progress {
  /** Reads the loops that are still open. @returns how many are closed */
  look(sent: readonly Sent[]): Promise<number>;
  /** What every loop that is not closed waits for. */
  missing(): string[];
}

export function followLoops(operator: Tokens, hubUrl: string, say: (line: string) => void): Progress {
  const loops = new Map<string, Loop>();
  const told = new Map<string, number>();
  const started = performance.now();
  const look = async ({ number, referral, loopId }: Sent): Promise<void> => {
    if (loops.get(loopId)?.state === 'closed') return;
    const loop = await readLoop(operator, hubUrl, loopId);
    if (!loop) return;
    const seconds = ((performance.now() - started) / 1_000).toFixed(1).padStart(5);
    const who = `${String(number).padStart(3)}  ${`${referral.person.given} ${referral.person.family}`.padEnd(20)}`;
    for (const words of newsOf(loops.get(loopId), loop, told)) say(`${seconds} s  ${who} ${words}`);
    loops.set(loopId, loop);
  };
  return {
    look: async (sent) => {
      await Promise.all(sent.map(look));
      return [...loops.values()].filter(({ state }) => state === 'closed').length;
    },
    missing: () => [...loops.values()].filter(({ state }) => state === 'open').map(waitsFor),
  };
}

function newsOf(before: Loop | undefined, loop: Loop, told: Map<string, number>): string[] {
  const steps = loop.timeline.filter(
    (entry) => entry.kind === 'status' && entry.of === 'leg' && entry.from !== entry.to,
  );
  const fresh = steps.slice(told.get(loop.id) ?? 0);
  told.set(loop.id, steps.length);
  const closes = loop.state === 'closed' && before?.state !== 'closed';
  return [
    ...fresh.map((step) => wordsFor(step, loop)),
    ...(closes ? [`closed: the hospital knows (${loop.outcome?.code})`] : []),
  ];
}

const WORDS: Readonly<Record<string, string>> = {
  requested: 'asked of',
  accepted: 'accepted by',
  rejected: 'declined by',
  'in-progress': 'worked on by',
  completed: 'completed by',
};

function wordsFor({ to, organization }: TimelineEntry, { legs }: Loop): string {
  const reason = to === 'rejected' ? legs.find((leg) => leg.organization.id === organization?.id)?.reason : undefined;
  return `${WORDS[to ?? ''] ?? to} ${organization?.name}${reason ? `: "${reason}"` : ''}`;
}

/** What a loop that is not closed waits for, in words. */
export function waitsFor({ id, status, nextStep, timeline }: Loop): string {
  const pending = timeline.filter(({ kind, status: at }) => kind === 'delivery' && at !== 'delivered');
  const messages = pending.map(
    ({ message, status: at, attempts, lastCode }) =>
      `${message} ${at} after ${attempts} tries, ${lastCode ?? 'not tried'}`,
  );
  return `${id} is ${status}, waits for ${nextStep?.step ?? 'nothing'} by the ${nextStep?.waitingOn.kind ?? 'nobody'}${messages.length > 0 ? ` (${messages.join('; ')})` : ''}`;
}
