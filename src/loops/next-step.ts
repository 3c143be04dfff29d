import type { Calendar } from '../calendars/calendar.ts';
import { endOf } from '../calendars/end-of.ts';
import { type LoopPolicy, spanOf } from './policy.ts';
import { isTerminal, type NextStepCode, type TaskStatus, type WaitingOn } from './words.ts';

/** What the next step of a loop depends on. Times are the hub's own. */
export interface LoopFacts {
  readonly status: TaskStatus;
  readonly senderOrg: string;
  /** When the root Task took its present status. */
  readonly statusSince: Date;
  readonly legs: readonly LegFacts[];
  /** Who must act for the sender to know how it ended, once the root Task has ended. */
  readonly closingWaitsOn: WaitingOn;
  /** Whether the sender is not told for want of a consent. */
  readonly closingWaitsForConsent: boolean;
}

export interface LegFacts {
  readonly organizationId: string;
  readonly status: TaskStatus;
  /** When the leg took its present status. */
  readonly since: Date;
  /** When it last showed progress or anything else new. */
  readonly newsAt: Date;
  /** Since when what it needs is withheld for want of a consent; undefined: it is not. */
  readonly withheldSince: Date | undefined;
  /** Whether the offer has reached the organization; `failed` when the hub has given up and a person must look. */
  readonly offer: 'pending' | 'delivered' | 'failed';
  readonly hasOutput: boolean;
  /** The end of Task.restriction.period, where the sender gave one: honoured over the policy. */
  readonly completeBy: Date | undefined;
}

export interface NextStep {
  readonly step: NextStepCode;
  readonly waitingOn: WaitingOn;
  /** The organization that must act, where it is one. */
  readonly organizationId: string | undefined;
  readonly since: Date;
  readonly due: Date;
}

/** When an organization works; undefined: the hub's own people. */
export type CalendarOf = (organizationId: string | undefined) => Calendar;

interface Terms {
  readonly policy: LoopPolicy;
  readonly calendarOf: CalendarOf;
}

/**
 * The one thing that is awaited on an open loop: what, from whom, since when and until when. Pure.
 * With several live legs it is the one that falls due first.
 */
export function nextStep(facts: LoopFacts, policy: LoopPolicy, calendarOf: CalendarOf): NextStep {
  const terms = { policy, calendarOf };
  const open = facts.legs.filter(
    ({ status, hasOutput }) => !isTerminal(status) || (status === 'completed' && !hasOutput),
  );
  const ended = isTerminal(facts.status) && !(facts.status === 'completed' && open.length > 0);
  if (ended && facts.closingWaitsForConsent)
    return step(terms, 'obtain-consent', 'case-manager', undefined, facts.statusSince);
  if (ended) return step(terms, 'confirm-closing', facts.closingWaitsOn, facts.senderOrg, facts.statusSince);
  const candidates = open.map((leg) => legStep(leg, terms));
  const first = candidates.sort((a, b) => a.due.getTime() - b.due.getTime())[0];
  return first ?? withoutLegs(facts, terms);
}

function withoutLegs(facts: LoopFacts, terms: Terms): NextStep {
  const last = facts.legs.at(-1);
  if (!last) return step(terms, 'choose-recipient', 'case-manager', undefined, facts.statusSince);
  const code = last.status === 'failed' ? 'decide-after-failure' : 'decide-after-decline';
  return step(terms, code, 'case-manager', undefined, last.since);
}

function legStep(leg: LegFacts, terms: Terms): NextStep {
  const awaited = (code: NextStepCode, since: Date): NextStep =>
    step(terms, code, 'receiver', leg.organizationId, since);
  // Nobody can do what it may not read.
  if (leg.withheldSince) return step(terms, 'obtain-consent', 'case-manager', leg.organizationId, leg.withheldSince);
  switch (leg.status) {
    case 'requested':
      if (leg.offer === 'delivered') return byTheEnd(awaited('decide', leg.newsAt), leg);
      return step(terms, 'deliver', leg.offer === 'failed' ? 'case-manager' : 'hub', leg.organizationId, leg.since);
    case 'accepted':
      return byTheEnd(awaited('first-contact', leg.since), leg);
    case 'on-hold':
      return awaited('resume', leg.since);
    case 'completed':
      return awaited('report-outcome', leg.since);
    default:
      return whileWorking(leg, terms, awaited);
  }
}

/** Who has asked for it by a moment cannot wait longer for an answer; where that was over before, the time of the policy runs. */
function byTheEnd(next: NextStep, { completeBy }: LegFacts): NextStep {
  return completeBy && next.since < completeBy && completeBy < next.due ? { ...next, due: completeBy } : next;
}

/** During the work news are due every so often, and the outcome at the end of the time allowed. */
function whileWorking(leg: LegFacts, terms: Terms, awaited: (code: NextStepCode, since: Date) => NextStep): NextStep {
  const news = awaited('progress', leg.newsAt);
  const end = leg.completeBy ?? endOf(leg.since, terms.policy.spans.complete, terms.calendarOf(leg.organizationId));
  return end < news.due ? { ...awaited('report-outcome', leg.since), due: end } : news;
}

function step(
  terms: Terms,
  code: NextStepCode,
  waitingOn: WaitingOn,
  organizationId: string | undefined,
  since: Date,
): NextStep {
  // Time runs while those work who must act.
  const calendar = terms.calendarOf(waitingOn === 'receiver' || waitingOn === 'sender' ? organizationId : undefined);
  return { step: code, waitingOn, organizationId, since, due: endOf(since, spanOf(terms.policy, code), calendar) };
}
