import type { NextStep } from './next-step.ts';
import { endOf, type Span } from './policy.ts';
import type { NextStepCode } from './words.ts';

/** What the hub does when what is awaited does not come. */
export const RUNGS = [
  /** Tells whom it waits for, by the channel it is reached at. */
  'remind',
  /** Tells it again, another way: its people and its mailbox by e-mail. */
  'remind-other-channel',
  /** Puts it before the case managers. */
  'worklist',
  /** And before the supervisors. */
  'supervisor',
  /** Asks the next matching organization in its place, where the policy lets the hub choose. */
  'offer-next',
  /** Ends the referral: nobody answered. */
  'close-unresponsive',
] as const;
export type Rung = (typeof RUNGS)[number];

/** A rung of a ladder, as a policy says it: what is done how long after the due time. */
export interface LadderRung {
  readonly after: Span;
  readonly do: Rung;
}

export type Ladder = readonly LadderRung[];

/** The ladder of each step. Data: a programme may bring its own. */
export type Ladders = Readonly<Partial<Record<NextStepCode, Ladder>> & { default: Ladder }>;

const AT_ONCE: Span = { hours: 0 };
const days = (workingDays: number): Span => ({ workingDays });

/** What is awaited from people here, or from the hub itself, needs nobody reminded elsewhere. */
const HERE: Ladder = [
  { after: AT_ONCE, do: 'worklist' },
  { after: days(1), do: 'supervisor' },
];

export const DEFAULT_LADDERS: Ladders = {
  default: [
    { after: AT_ONCE, do: 'remind' },
    { after: days(1), do: 'remind-other-channel' },
    { after: days(2), do: 'worklist' },
    { after: days(4), do: 'supervisor' },
  ],
  decide: [
    { after: AT_ONCE, do: 'remind' },
    { after: days(1), do: 'remind-other-channel' },
    { after: days(2), do: 'offer-next' },
    { after: days(3), do: 'supervisor' },
  ],
  'choose-recipient': HERE,
  'obtain-consent': HERE,
  deliver: HERE,
  'decide-after-decline': HERE,
  'decide-after-failure': HERE,
};

/** A rung of the ladder of one thing that is awaited, and when it is due. */
export interface PlannedRung {
  readonly what: Rung;
  readonly at: Date;
}

/** What will be done when, as long as what is awaited does not come. Pure. */
export function rungsOf({ step, due }: Pick<NextStep, 'step' | 'due'>, ladders: Ladders): PlannedRung[] {
  const ladder = ladders[step] ?? ladders.default;
  return ladder.map((rung) => ({ what: rung.do, at: endOf(due, rung.after) }));
}
