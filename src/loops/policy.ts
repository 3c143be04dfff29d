import { DEFAULT_LADDERS, type Ladders } from './ladder.ts';
import type { NextStepCode } from './words.ts';

export type Priority = 'routine' | 'urgent' | 'asap' | 'stat';

/** A span of time: in working days of Monday to Friday, or in hours by the clock. */
export type Span = { readonly workingDays: number } | { readonly hours: number };

/** How long each next step may take. Data: a programme may bring its own. */
export interface LoopPolicy {
  readonly choose: Span;
  readonly consent: Span;
  readonly deliver: Span;
  readonly decide: Readonly<Record<Priority, Span>>;
  readonly contact: Span;
  /** News at least this often. */
  readonly heartbeat: Span;
  readonly complete: Span;
  readonly hold: Span;
  readonly reroute: Span;
  readonly close: Span;
  /** What happens when a due time passes. */
  readonly ladders: Ladders;
  /** Whether the hub may ask the best matching service by itself. */
  readonly offersByItself: boolean;
}

export const DEFAULT_POLICY: LoopPolicy = {
  choose: { workingDays: 1 },
  consent: { workingDays: 1 },
  deliver: { hours: 4 },
  decide: { stat: { hours: 1 }, asap: { hours: 4 }, urgent: { workingDays: 1 }, routine: { workingDays: 2 } },
  contact: { workingDays: 3 },
  heartbeat: { hours: 14 * 24 },
  complete: { hours: 30 * 24 },
  hold: { hours: 14 * 24 },
  reroute: { workingDays: 1 },
  close: { hours: 24 },
  ladders: DEFAULT_LADDERS,
  offersByItself: true,
};

/** How long a step may take under a policy. */
export function spanOf(policy: LoopPolicy, step: NextStepCode, priority: Priority): Span {
  switch (step) {
    case 'choose-recipient':
      return policy.choose;
    case 'obtain-consent':
      return policy.consent;
    case 'deliver':
      return policy.deliver;
    case 'decide':
      return policy.decide[priority];
    case 'first-contact':
      return policy.contact;
    case 'progress':
      return policy.heartbeat;
    case 'resume':
      return policy.hold;
    case 'report-outcome':
      return policy.contact;
    case 'decide-after-decline':
    case 'decide-after-failure':
      return policy.reroute;
    case 'confirm-closing':
      return policy.close;
  }
}

const DAY_MS = 24 * 3_600_000;

/** The moment a span ends that begins at `from`. Weekends (UTC) do not count as working days. Pure. */
export function endOf(from: Date, span: Span): Date {
  if ('hours' in span) return new Date(from.getTime() + span.hours * 3_600_000);
  let at = from;
  for (let left = span.workingDays; left > 0; ) {
    at = new Date(at.getTime() + DAY_MS);
    if (at.getUTCDay() !== 0 && at.getUTCDay() !== 6) left -= 1;
  }
  return at;
}
