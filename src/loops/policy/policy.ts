import type { Questionnaire } from '@medplum/fhirtypes';
import type { Span } from '../../calendars/end-of.ts';
import type { NextStepCode, OutcomeCode } from '../words.ts';

export const PRIORITIES = ['routine', 'urgent', 'asap', 'stat'] as const;
export type Priority = (typeof PRIORITIES)[number];

/** What takes time: the next steps have their spans, whole work has one, and a question that is asked. */
export const SPANS = [
  'intake',
  'choose',
  'consent',
  'deliver',
  'decide',
  'contact',
  'heartbeat',
  'complete',
  'hold',
  'reroute',
  'close',
  'answer',
  'confirm',
] as const;
export type SpanName = (typeof SPANS)[number];

/** What is done when a step is not taken in time, from the mildest to the last. */
export const RUNGS = [
  'remind',
  'remind-other-channel',
  'worklist',
  'supervisor',
  'offer-next',
  'close-unresponsive',
  'close-unconfirmed',
] as const;
export type RungAction = (typeof RUNGS)[number];

/** One rung of a ladder. `after`: how long after the step was due; `{ hours: 0 }`: when it is due. */
export interface Rung {
  readonly after: Span;
  readonly do: RungAction;
}

/** A ladder is that of one next step, or of all that have none of their own. */
export type LadderName = NextStepCode | 'default';

/** Who puts the questions to a client: the people of the hub, by telephone or by a link they hand out; or the client's own app. */
export const ASKING = ['people', 'app'] as const;
export type Asking = (typeof ASKING)[number];

/** That a client is asked whether what is reported was received. */
export interface Confirmation {
  /** The canonical address of the Questionnaire. */
  readonly questionnaire: string;
  readonly ask: Asking;
  /** The business identifier (`system|value`) of the organization whose app clients use. */
  readonly app?: string | undefined;
  /** After which outcomes. */
  readonly after: readonly OutcomeCode[];
  /** Whether who sent the referral is given what the client says. */
  readonly tellsSender: boolean;
}

/** What applies to a loop: how long each step may take, and what happens when it takes longer. */
export interface LoopPolicy {
  readonly spans: Readonly<Record<SpanName, Span>>;
  /** Rungs in the order in which they come. */
  readonly ladder: Readonly<Partial<Record<LadderName, readonly Rung[]>>>;
  /** Whether the hub may ask the best matching service by itself. */
  readonly offersByItself: boolean;
  /** What of a client who is asked is shown, in the words of `DEMOGRAPHICS`; undefined: all. */
  readonly demographics?: readonly string[] | undefined;
  /** Whether the client is asked at the end, and how. */
  readonly confirmation: Confirmation | false;
  /** What else says which this is, for people: the names of its programme and of this hub's general policy. */
  readonly name: string;
  /** Stands for all of the above: two policies with the same digest are the same. */
  readonly digest: string;
}

/** What of a referral says which policy applies to it. */
export interface LoopKind {
  /** Canonical addresses that the referral instantiates: that of its programme is among them, if it has one. */
  readonly instantiates: readonly string[];
  /** Codes of its service's categories. */
  readonly categories: readonly string[];
  readonly priority: Priority;
}

/** All policies of this hub. */
export interface Policies {
  /** Stands for all of them, and for the hub's own calendar. */
  readonly digest: string;
  /** The name of the programme that a referral is of; undefined: of none that is known here. Pure. */
  readonly programmeOf: (kind: LoopKind) => string | undefined;
  /** The policy that applies to a referral. Pure. */
  readonly of: (kind: LoopKind) => LoopPolicy;
  /** What clients are asked, by canonical address. */
  readonly questionnaires: ReadonlyMap<string, Questionnaire>;
}

const SPAN_OF: Readonly<Record<NextStepCode, SpanName>> = {
  'resolve-intake': 'intake',
  'choose-recipient': 'choose',
  'obtain-consent': 'consent',
  deliver: 'deliver',
  decide: 'decide',
  'first-contact': 'contact',
  progress: 'heartbeat',
  resume: 'hold',
  'report-outcome': 'contact',
  'answer-cancel': 'answer',
  answer: 'answer',
  'resolve-answer': 'intake',
  'decide-after-decline': 'reroute',
  'decide-after-failure': 'reroute',
  'confirm-closing': 'close',
  'confirm-with-client': 'confirm',
  'decide-after-answer': 'reroute',
};

/** How long a step may take under a policy. */
export function spanOf(policy: LoopPolicy, step: NextStepCode): Span {
  return policy.spans[SPAN_OF[step]];
}

/** What happens when a step is not taken in time, in this order. */
export function ladderOf(policy: LoopPolicy, step: NextStepCode): readonly Rung[] {
  return policy.ladder[step] ?? policy.ladder.default ?? [];
}
