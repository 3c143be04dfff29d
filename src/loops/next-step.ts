import { endOf, type LoopPolicy, type Priority, spanOf } from './policy.ts';
import { isTerminal, type NextStepCode, type TaskStatus, type WaitingOn } from './words.ts';

/** What the next step of a loop depends on. Times are the hub's own. */
export interface LoopFacts {
  /** The root Task. */
  readonly taskId: string;
  readonly status: TaskStatus;
  readonly priority: Priority;
  readonly senderOrg: string;
  /** The end of Task.restriction.period, where the sender gave one: honoured over the policy. */
  readonly completeBy: Date | undefined;
  /** When the root Task took its present status. */
  readonly statusSince: Date;
  readonly legs: readonly LegFacts[];
  /** Who must act for the sender to know how it ended, once the root Task has ended. */
  readonly closingWaitsOn: WaitingOn;
  /** Whether the sender is not told for want of a consent. */
  readonly closingWaitsForConsent: boolean;
}

export interface LegFacts {
  readonly taskId: string;
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
}

export interface NextStep {
  readonly step: NextStepCode;
  /** What it is about: a leg, or the root Task. */
  readonly taskId: string;
  readonly waitingOn: WaitingOn;
  /** The organization that must act, where it is one. */
  readonly organizationId: string | undefined;
  readonly since: Date;
  readonly due: Date;
}

/**
 * What is awaited on an open loop: what, from whom, since when and until when; what falls due first before the others.
 * There is always something, and more where several organizations are at work. Pure.
 */
export function nextSteps(facts: LoopFacts, policy: LoopPolicy): readonly [NextStep, ...NextStep[]] {
  const open = facts.legs.filter(
    ({ status, hasOutput }) => !isTerminal(status) || (status === 'completed' && !hasOutput),
  );
  const ended = isTerminal(facts.status) && !(facts.status === 'completed' && open.length > 0);
  if (ended && facts.closingWaitsForConsent)
    return [step(facts, policy, 'obtain-consent', 'case-manager', undefined, facts.statusSince)];
  if (ended) return [step(facts, policy, 'confirm-closing', facts.closingWaitsOn, facts.senderOrg, facts.statusSince)];
  const awaited = open.map((leg) => legStep(leg, facts, policy));
  const [first, ...others] = awaited.sort((a, b) => a.due.getTime() - b.due.getTime());
  return first ? [first, ...others] : [withoutLegs(facts, policy)];
}

function withoutLegs(facts: LoopFacts, policy: LoopPolicy): NextStep {
  const last = facts.legs.at(-1);
  if (!last) return step(facts, policy, 'choose-recipient', 'case-manager', undefined, facts.statusSince);
  const code = last.status === 'failed' ? 'decide-after-failure' : 'decide-after-decline';
  return step(facts, policy, code, 'case-manager', undefined, last.since);
}

function legStep(leg: LegFacts, facts: LoopFacts, policy: LoopPolicy): NextStep {
  const awaited = (code: NextStepCode, since: Date): NextStep =>
    step(facts, policy, code, 'receiver', leg.organizationId, since, leg.taskId);
  // Nobody can do what it may not read.
  if (leg.withheldSince)
    return step(facts, policy, 'obtain-consent', 'case-manager', leg.organizationId, leg.withheldSince, leg.taskId);
  switch (leg.status) {
    case 'requested':
      if (leg.offer === 'delivered') return awaited('decide', leg.newsAt);
      return step(
        facts,
        policy,
        'deliver',
        leg.offer === 'failed' ? 'case-manager' : 'hub',
        leg.organizationId,
        leg.since,
        leg.taskId,
      );
    case 'accepted':
      return awaited('first-contact', leg.since);
    case 'on-hold':
      return awaited('resume', leg.since);
    case 'completed':
      return awaited('report-outcome', leg.since);
    default:
      return whileWorking(leg, facts, policy, awaited);
  }
}

/** During the work news are due every so often, and the outcome at the end of the time allowed. */
function whileWorking(
  leg: LegFacts,
  facts: LoopFacts,
  policy: LoopPolicy,
  awaited: (code: NextStepCode, since: Date) => NextStep,
): NextStep {
  const news = awaited('progress', leg.newsAt);
  const end = facts.completeBy ?? endOf(leg.since, policy.complete);
  return end < news.due ? { ...awaited('report-outcome', leg.since), due: end } : news;
}

function step(
  facts: LoopFacts,
  policy: LoopPolicy,
  code: NextStepCode,
  waitingOn: WaitingOn,
  organizationId: string | undefined,
  since: Date,
  taskId = facts.taskId,
): NextStep {
  return {
    step: code,
    taskId,
    waitingOn,
    organizationId,
    since,
    due: endOf(since, spanOf(policy, code, facts.priority)),
  };
}
