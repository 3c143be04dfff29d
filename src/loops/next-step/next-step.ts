import type { Calendar } from '../../calendars/calendar.ts';
import { endOf } from '../../calendars/end-of.ts';
import { type LoopPolicy, spanOf } from '../policy/policy.ts';
import { isTerminal, type NextStepCode, type TaskStatus, type WaitingOn } from '../words.ts';

/** What the next step of a loop depends on. Times are the hub's own. */
export interface LoopFacts {
  /** The root Task. */
  readonly taskId: string;
  readonly status: TaskStatus;
  readonly senderOrg: string;
  /** Whether it does not say what must be known before somebody can be asked. */
  readonly isUnclear: boolean;
  /** When the root Task took its present status. */
  readonly statusSince: Date;
  readonly legs: readonly LegFacts[];
  /** Messages that need an answer, and have none. */
  readonly questions: readonly QuestionFacts[];
  /** Who must act for the sender to know how it ended, once the root Task has ended. */
  readonly closingWaitsOn: WaitingOn;
  /** Whether the sender is not told for want of a consent. */
  readonly closingWaitsForConsent: boolean;
  /** Whether the sender knows how it ended, or a person has said why it cannot be told. */
  readonly closingIsKnown: boolean;
  /** What is awaited of asking the client whether it was received; undefined: nothing. */
  readonly confirmation: ConfirmationFacts | undefined;
}

export interface ConfirmationFacts {
  /** The client's Task. */
  readonly taskId: string;
  readonly awaits: 'confirm-with-client' | 'decide-after-answer';
  readonly waitingOn: 'client' | 'case-manager';
  readonly since: Date;
}

export interface LegFacts {
  readonly taskId: string;
  readonly organizationId: string;
  /** Whether the hub's own people do it. */
  readonly byHub?: boolean;
  readonly status: TaskStatus;
  /** When the leg took its present status. */
  readonly since: Date;
  /** When it last showed progress or anything else new. */
  readonly newsAt: Date;
  /** Since when what it needs is withheld for want of a consent; undefined: it is not. */
  readonly withheldSince: Date | undefined;
  /** Since when something that its owner has said on its own server could not be taken; undefined: nothing. */
  readonly untakenSince?: Date | undefined;
  /** Whether the offer has reached the organization; `failed` when the hub has given up and a person must look. */
  readonly offer: 'pending' | 'delivered' | 'failed';
  readonly hasOutput: boolean;
  /** Since when its owner is asked to stop what it has begun; undefined: it is not. */
  readonly stopAskedAt?: Date | undefined;
  /** Until when it is on hold, where its owner says so: honoured over the policy. */
  readonly holdUntil?: Date | undefined;
  /** The end of Task.restriction.period, where the sender gave one: honoured over the policy. */
  readonly completeBy: Date | undefined;
}

/** A message that needs an answer, by when, and from whom. */
export interface QuestionFacts {
  readonly messageId: string;
  /** The Task it is about. */
  readonly taskId: string;
  readonly waitingOn: WaitingOn;
  /** The organization that is asked; undefined: the hub's own people. */
  readonly organizationId: string | undefined;
  readonly since: Date;
  readonly due: Date;
  /** Since when who is asked may not read it for want of a consent; undefined: it may. */
  readonly withheldSince?: Date | undefined;
}

export interface NextStep {
  readonly step: NextStepCode;
  /** What it is about: a leg, or the root Task. */
  readonly taskId: string;
  /** The message whose answer is awaited; undefined: something else is. */
  readonly messageId?: string | undefined;
  readonly waitingOn: WaitingOn;
  /** The organization that must act, where it is one. */
  readonly organizationId: string | undefined;
  readonly since: Date;
  readonly due: Date;
}

/** When an organization works; undefined: the hub's own people. */
export type CalendarOf = (organizationId: string | undefined) => Calendar;

/** The calendar by which time runs: while those work who must act. Pure. */
export function calendarFor(
  { waitingOn, organizationId }: Pick<NextStep, 'waitingOn' | 'organizationId'>,
  calendarOf: CalendarOf,
): Calendar {
  return calendarOf(waitingOn === 'receiver' || waitingOn === 'sender' ? organizationId : undefined);
}

interface Terms {
  readonly policy: LoopPolicy;
  readonly calendarOf: CalendarOf;
}

/**
 * What is awaited on an open loop: what, from whom, since when and until when; what falls due first before the others.
 * There is always something, and more where several organizations are at work. Pure.
 */
export function nextSteps(
  facts: LoopFacts,
  policy: LoopPolicy,
  calendarOf: CalendarOf,
): readonly [NextStep, ...NextStep[]] {
  const terms = { policy, calendarOf };
  const open = facts.legs.filter(
    ({ status, hasOutput }) => !isTerminal(status) || (status === 'completed' && !hasOutput),
  );
  // Who was addressed itself and has ended without a word is waited for; of parts the referral was ended in spite of them.
  const isSilent = open.some(({ taskId }) => taskId === facts.taskId);
  if (isTerminal(facts.status) && !isSilent) return afterTheEnd(facts, terms);
  const legs = open.map((leg) => legStep(leg, terms));
  const answers = facts.questions.map((question) => answerStep(question, terms));
  const awaited = [...(legs.length > 0 ? legs : [withoutLegs(facts, terms)]), ...answers];
  const [first, ...others] = awaited.sort((a, b) => a.due.getTime() - b.due.getTime());
  return [first as NextStep, ...others];
}

/** The sender must know how it ended, and the client may have to say whether that is so. */
function afterTheEnd(facts: LoopFacts, terms: Terms): readonly [NextStep, ...NextStep[]] {
  const { closingIsKnown, confirmation } = facts;
  if (!confirmation) return [closingStep(facts, terms)];
  const { taskId, awaits, waitingOn, since } = confirmation;
  const asked = step(terms, awaits, { taskId, waitingOn, since, organizationId: undefined });
  if (closingIsKnown) return [asked];
  const closing = closingStep(facts, terms);
  // That somebody got nothing is not hidden behind a message that is under way.
  const isFirst = awaits === 'decide-after-answer' || asked.due < closing.due;
  return isFirst ? [asked, closing] : [closing, asked];
}

function closingStep(facts: LoopFacts, terms: Terms): NextStep {
  if (facts.closingWaitsForConsent)
    return step(terms, 'obtain-consent', { ...ofRoot(facts), waitingOn: 'case-manager' });
  const { closingWaitsOn: waitingOn, senderOrg: organizationId } = facts;
  return step(terms, 'confirm-closing', { ...ofRoot(facts), waitingOn, organizationId });
}

function ofRoot({ taskId, statusSince: since }: LoopFacts): Pick<NextStep, 'taskId' | 'since' | 'organizationId'> {
  return { taskId, since, organizationId: undefined };
}

function withoutLegs(facts: LoopFacts, terms: Terms): NextStep {
  const last = facts.legs.at(-1);
  if (!last)
    return step(terms, facts.isUnclear ? 'resolve-intake' : 'choose-recipient', {
      ...ofRoot(facts),
      waitingOn: 'case-manager',
    });
  const code = last.status === 'failed' ? 'decide-after-failure' : 'decide-after-decline';
  return step(terms, code, { ...ofRoot(facts), waitingOn: 'case-manager', since: last.since });
}

/** Nobody can answer what it may not read. */
function answerStep({ withheldSince: since, ...question }: QuestionFacts, terms: Terms): NextStep {
  if (!since) return { ...question, step: 'answer' };
  const { messageId, taskId, organizationId } = question;
  return { ...step(terms, 'obtain-consent', { taskId, organizationId, since, waitingOn: 'case-manager' }), messageId };
}

function legStep(leg: LegFacts, terms: Terms): NextStep {
  const { taskId, organizationId } = leg;
  const awaited = (code: NextStepCode, since: Date): NextStep =>
    leg.byHub
      ? step(terms, code, { taskId, organizationId: undefined, since, waitingOn: 'case-manager' })
      : step(terms, code, { taskId, organizationId, since, waitingOn: 'receiver' });
  // Nobody can do what it may not read.
  if (leg.withheldSince)
    return step(terms, 'obtain-consent', {
      taskId,
      organizationId,
      since: leg.withheldSince,
      waitingOn: 'case-manager',
    });
  // Who has answered is not asked to answer.
  if (leg.untakenSince)
    return step(terms, 'resolve-answer', {
      taskId,
      organizationId: undefined,
      since: leg.untakenSince,
      waitingOn: 'case-manager',
    });
  if (leg.stopAskedAt && !isTerminal(leg.status)) return awaited('answer-cancel', leg.stopAskedAt);
  switch (leg.status) {
    case 'requested':
      if (leg.offer === 'delivered') return byTheEnd(awaited('decide', leg.newsAt), leg);
      return step(terms, 'deliver', {
        taskId,
        organizationId,
        since: leg.since,
        waitingOn: leg.offer === 'failed' ? 'case-manager' : 'hub',
      });
    case 'accepted':
      return byTheEnd(awaited('first-contact', leg.since), leg);
    case 'on-hold':
      return resumed(awaited('resume', leg.since), leg);
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

/** Who has said until when it waits is waited for until then; where that was over before, the time of the policy runs. */
function resumed(next: NextStep, { holdUntil }: LegFacts): NextStep {
  return holdUntil && next.since < holdUntil ? { ...next, due: holdUntil } : next;
}

/** During the work news are due every so often, and the outcome at the end of the time allowed. */
function whileWorking(leg: LegFacts, terms: Terms, awaited: (code: NextStepCode, since: Date) => NextStep): NextStep {
  const news = awaited('progress', leg.newsAt);
  const end = leg.completeBy ?? endOf(leg.since, terms.policy.spans.complete, terms.calendarOf(leg.organizationId));
  return end < news.due ? { ...awaited('report-outcome', leg.since), due: end } : news;
}

function step(
  { policy, calendarOf }: Terms,
  code: NextStepCode,
  what: Pick<NextStep, 'taskId' | 'waitingOn' | 'organizationId' | 'since'>,
): NextStep {
  return { ...what, step: code, due: endOf(what.since, spanOf(policy, code), calendarFor(what, calendarOf)) };
}
