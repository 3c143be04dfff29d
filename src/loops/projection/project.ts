import type { Task } from '@medplum/fhirtypes';
import type { Calendar } from '../../calendars/calendar.ts';
import { endOfDates } from '../../calendars/end-of.ts';
import { dateRange } from '../../fhir/search/date-range.ts';
import { prohibitsContact } from '../client-contact.ts';
import { askedOf, confirmed } from '../confirmation/facts.ts';
import type { ConfirmationCode } from '../confirmation/standing.ts';
import { escalationOf } from '../ladder/escalation.ts';
import { type PlannedRung, rungsOf } from '../ladder/ladder.ts';
import { closingAwaitsConsent, closingKnown, closingTime, closingWaitsOn } from '../next-step/closing.ts';
import { lackingIn } from '../next-step/lacking.ts';
import { type CalendarOf, type LegFacts, type LoopFacts, type NextStep, nextSteps } from '../next-step/next-step.ts';
import { withObserved } from '../next-step/observed.ts';
import { questionsOf } from '../next-step/questions.ts';
import { stopAskedAt } from '../next-step/stop-asked.ts';
import { isTakenBack, partiesOf } from '../parties.ts';
import type { Priority } from '../policy/policy.ts';
import { categoryOf, serviceName } from '../service-words.ts';
import { loopOutcome } from '../status/outcome.ts';
import { standingOutputs } from '../status/outputs.ts';
import {
  type Escalation,
  holdUntil,
  isTerminal,
  progressOf,
  reasonOf,
  replacedBy,
  type TaskStatus,
  type WaitingOn,
} from '../words.ts';
import { kindOf, type LoopRecords, type LoopTerms, priorityOf } from './records.ts';

/** A leg as lists and pages show it. */
export interface LegRow {
  readonly taskId: string;
  readonly organizationId: string;
  readonly status: TaskStatus;
  readonly progress: string | null;
  readonly reason: string | null;
  readonly offeredAt: string;
  readonly decidedAt: string | null;
  readonly endedAt: string | null;
  /** Whether who was asked had accepted, and gave it back before work began: no decline, and no failure of the work. */
  readonly takenBack: boolean;
}

/** A loop as it stands: who waits for whom, since when, until when, and how it ended. One row of table `loop`. */
export interface LoopRow {
  id: string;
  state: 'open' | 'closed';
  status: TaskStatus;
  progress: string | null;
  service: string;
  category: string | null;
  priority: Priority;
  patient: string;
  service_request: string;
  /** The loop that it takes the place of. */
  replaces: string | null;
  /** Nobody may reach out to the client for it, on any way. */
  contact_prohibited: boolean;
  sender_org: string;
  receiver_org: string | null;
  /** The organizations it is a matter of. */
  parties: readonly string[];
  legs: readonly LegRow[];
  next_step: string | null;
  waiting_on: WaitingOn | null;
  waiting_on_org: string | null;
  since: string | null;
  due: string | null;
  /** Who must look at it, beside whom it waits for. */
  escalation: Escalation | null;
  outcome: string | null;
  outcome_text: string | null;
  /** What of the need remains, as who ended it says. */
  outcome_remains: string | null;
  opened_at: string;
  updated_at: string;
  closed_at: string | null;
  /** Part of a mandated report: shown only to those whose role it is. */
  restricted: boolean;
  /** The name of its programme. */
  programme: string | null;
  /** The digest of all policies it was made under; of a closed one, which nothing applies to any more, ''. */
  policies: string;
  /** The highest version of the calendars it was made by; of a closed one 0. */
  calendars: number;
  /** What the client says of what is reported; null: it is not asked. */
  confirmation: ConfirmationCode | null;
  /** Whether something remains of the need, as the client says; null: it says nothing of it. */
  need_remains: boolean | null;
}

/** Something that is awaited, and what is done when it does not come. */
export type Awaited = NextStep & { readonly rungs: readonly PlannedRung[] };

/** What is awaited on a loop, what is due first before the others; nothing when it is closed. Pure. */
export function awaitedOf(records: LoopRecords, terms: LoopTerms): Awaited[] {
  if (closingTime(records)) return [];
  const calendarOf = calendarsOf(records, terms);
  const policy = terms.policies.of(kindOf(records));
  const steps = nextSteps(factsOf(records, calendarOf), policy, calendarOf);
  return steps.map((step) => ({ ...step, rungs: rungsOf(step, policy, calendarOf) }));
}

/**
 * The loop row of its records. Pure: the same records always give the same row, so that it can be rebuilt.
 * @param steps what is awaited on it, where that is known already
 */
export function project(recorded: LoopRecords, terms: LoopTerms, steps = awaitedOf(recorded, terms)): LoopRow {
  const records = withObserved(recorded);
  const { root, request, senderOrg } = records;
  const legs = worked(records).map((leg) => legRow(leg, records));
  const closedAt = closingTime(records);
  const parties = partiesOf(
    senderOrg,
    legs.filter((leg) => !withheldSince(leg.taskId, leg.organizationId, records)),
  );
  return {
    id: root.id,
    state: closedAt ? 'closed' : 'open',
    status: root.status as TaskStatus,
    progress: progressOf(root) ?? null,
    service: serviceName(request),
    category: categoryOf(request),
    priority: priorityOf(root),
    patient: root.for?.reference ?? '',
    service_request: `ServiceRequest/${request.id}`,
    replaces: replacedBy(root) ?? null,
    contact_prohibited: prohibitsContact(request),
    sender_org: senderOrg,
    receiver_org: receiverOf(legs),
    parties,
    legs,
    ...awaited(records, steps),
    ...loopOutcome(root),
    opened_at: records.transitions[0]?.recordedAt ?? root.authoredOn ?? '',
    updated_at: latest([...records.transitions.map(({ recordedAt }) => recordedAt), ...settledTimes(records)]),
    closed_at: closedAt ?? null,
    restricted: records.restricted,
    programme: terms.policies.programmeOf(kindOf(records)) ?? null,
    policies: closedAt ? '' : terms.policies.digest,
    calendars: closedAt ? 0 : newestCalendar(parties, records),
    ...confirmed(records),
  };
}

/** Who must act is one of its parties, or the hub. */
function newestCalendar(parties: readonly string[], { calendars, hubOrg }: LoopRecords): number {
  return Math.max(0, ...[...parties, hubOrg].map((id) => calendars[id]?.version ?? 0));
}

type AwaitedColumns = Pick<LoopRow, 'next_step' | 'waiting_on' | 'waiting_on_org' | 'since' | 'due' | 'escalation'>;

const NOTHING: AwaitedColumns = {
  next_step: null,
  waiting_on: null,
  waiting_on_org: null,
  since: null,
  due: null,
  escalation: null,
};

function awaited(records: LoopRecords, steps: readonly Awaited[]): AwaitedColumns {
  const [next] = steps;
  if (!next) return NOTHING;
  return {
    next_step: next.step,
    waiting_on: next.waitingOn,
    waiting_on_org: next.organizationId ?? null,
    since: next.since.toISOString(),
    due: next.due.toISOString(),
    escalation: escalationOf(steps, records),
  };
}

/** Who says nothing of when it works, works when the hub does. */
export function calendarsOf({ calendars, hubOrg }: LoopRecords, terms: LoopTerms): CalendarOf {
  const ofHub = calendars[hubOrg]?.calendar ?? terms.hubCalendar;
  return (organizationId) => calendars[organizationId ?? hubOrg]?.calendar ?? ofHub;
}

function factsOf(records: LoopRecords, calendarOf: CalendarOf): LoopFacts {
  const { root, request, senderOrg } = records;
  return {
    taskId: root.id,
    status: root.status as TaskStatus,
    senderOrg,
    isUnclear: lackingIn(root, request).length > 0,
    statusSince: statusSince(root, records),
    legs: worked(records).map((leg) => legFacts(leg, records, calendarOf(ownerOf(leg)))),
    questions: questionsOf(records),
    closingWaitsOn: closingWaitsOn(records),
    closingWaitsForConsent: closingAwaitsConsent(records),
    closingIsKnown: closingKnown(records) !== undefined,
    confirmation: askedOf(records),
  };
}

/**
 * A period that ends on a day (a month, a year) lasts until that day is over where the work is done.
 * @see https://hl7.org/fhir/R4/datatypes.html#Period
 */
function endOfPeriod(end: string, calendar: Calendar): Date {
  return end.includes('T') ? new Date(end) : endOfDates(dateRange(end).endsAt, calendar);
}

/** The Tasks somebody works on: the legs, or the root itself when the sender addressed an agency directly. */
function worked(records: LoopRecords): readonly (Task & { id: string })[] {
  const { root, legs, hubOrg } = records;
  const direct = root.owner?.reference !== `Organization/${hubOrg}`;
  return direct ? [root] : legs;
}

function legFacts(leg: Task & { id: string }, records: LoopRecords, calendar: Calendar): LegFacts {
  const end = records.root.restriction?.period?.end;
  const held = holdUntil(leg);
  const offer = records.deliveries.find(({ kind, taskId }) => kind === 'offer' && taskId === leg.id);
  const since = statusSince(leg, records);
  return {
    taskId: leg.id,
    organizationId: ownerOf(leg),
    byHub: ownerOf(leg) === records.hubOrg,
    status: leg.status as TaskStatus,
    since,
    withheldSince: withheldSince(leg.id, ownerOf(leg), records),
    untakenSince: untakenSince(leg, records),
    newsAt: latestOf(since, lastNews(leg, records), offer?.settledAt),
    offer: offer?.status === 'delivered' ? 'delivered' : offer?.settledAt ? 'failed' : 'pending',
    hasOutput: standingOutputs(leg).length > 0,
    stopAskedAt: stopAskedAt(leg, records),
    holdUntil: held ? endOfPeriod(held, calendar) : undefined,
    completeBy: end ? endOfPeriod(end, calendar) : undefined,
  };
}

function withheldSince(taskId: string, organizationId: string, { withheld }: LoopRecords): Date | undefined {
  const since = withheld.find((each) => each.taskId === taskId && each.organizationId === organizationId)?.since;
  return since === undefined ? undefined : new Date(since);
}

/** What was heard of it since then, by whatever way, has taken the place of what could not be taken. */
function untakenSince(leg: Task & { id: string }, records: LoopRecords): Date | undefined {
  const news = new Date(lastNews(leg, records) ?? 0);
  const open = records.untaken
    .filter(({ taskId, organizationId }) => taskId === leg.id && organizationId === ownerOf(leg))
    .map(({ since }) => new Date(since));
  return open.find((since) => since >= news);
}

function lastNews(leg: Task & { id: string }, records: LoopRecords): string | undefined {
  return records.transitions.filter(({ taskId }) => taskId === leg.id).at(-1)?.recordedAt;
}

function latestOf(since: Date, ...others: (string | null | undefined)[]): Date {
  const times = others.flatMap((time) => (time ? [new Date(time).getTime()] : []));
  return new Date(Math.max(since.getTime(), ...times));
}

/** When a Task took the status it has. */
function statusSince(task: Task & { id: string }, records: LoopRecords): Date {
  const taken = records.transitions.filter((each) => each.taskId === task.id && each.from !== each.to).at(-1);
  return new Date(taken?.recordedAt ?? task.authoredOn ?? 0);
}

function legRow(leg: Task & { id: string }, records: LoopRecords): LegRow {
  const own = records.transitions.filter((each) => each.taskId === leg.id && each.from !== each.to);
  return {
    taskId: leg.id,
    organizationId: ownerOf(leg),
    status: leg.status as TaskStatus,
    progress: progressOf(leg) ?? null,
    reason: reasonOf(leg) ?? null,
    offeredAt: own[0]?.recordedAt ?? leg.authoredOn ?? '',
    decidedAt: own.find(({ from }) => from === 'requested')?.recordedAt ?? null,
    endedAt: own.find(({ to }) => isTerminal(to))?.recordedAt ?? null,
    takenBack: isTakenBack(own, ownerOf(leg)),
  };
}

/** That somebody was reminded is no news of the loop itself, nor that something need not be said any more. */
function settledTimes(records: LoopRecords): string[] {
  const said = records.deliveries.filter(({ kind, status }) => kind !== 'reminder' && status !== 'withdrawn');
  return said.flatMap(({ settledAt }) => settledAt ?? []);
}

function receiverOf(legs: readonly LegRow[]): string | null {
  const live = legs.filter(({ status }) => status !== 'rejected' && status !== 'failed' && status !== 'cancelled');
  return live.at(-1)?.organizationId ?? null;
}

function ownerOf(task: Task): string {
  return task.owner?.reference?.replace(/^Organization\//, '') ?? '';
}

function latest(times: readonly string[]): string {
  return [...times].sort((a, b) => new Date(a).getTime() - new Date(b).getTime()).at(-1) ?? '';
}
