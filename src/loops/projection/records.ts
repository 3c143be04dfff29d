import type { ServiceRequest, Task } from '@medplum/fhirtypes';
import type { Calendar } from '../../calendars/calendar.ts';
import type { ConfirmationRecord } from '../confirmation/standing.ts';
import { type LoopKind, type Policies, PRIORITIES, type Priority, type RungAction } from '../policy/policy.ts';
import type { Result, TaskStatus } from '../words.ts';

/** Everything a loop row is made of, as the database holds it. */
export interface LoopRecords {
  readonly root: Task & { id: string };
  readonly legs: readonly (Task & { id: string })[];
  readonly request: ServiceRequest & { id: string };
  readonly senderOrg: string;
  /** The hub's own organization: a root it owns is worked by legs. */
  readonly hubOrg: string;
  readonly transitions: readonly TransitionRecord[];
  readonly deliveries: readonly DeliveryRecord[];
  readonly withheld: readonly WithheldRecord[];
  readonly untaken: readonly UntakenRecord[];
  /** For what is asked, as they stand, changed last at the end. */
  readonly appointments: readonly AppointmentRecord[];
  readonly firings: readonly FiringRecord[];
  /** Messages that need an answer, and have none. */
  readonly questions: readonly QuestionRecord[];
  /** Whether any of it is part of a mandated report. */
  readonly restricted: boolean;
  /** When organizations work, by their ids; the hub's own among them. */
  readonly calendars: Readonly<Record<string, CalendarRecord>>;
  /** By what its client is asked whether it was received; null: it is not asked. */
  readonly confirmation: ConfirmationRecord | null;
  /** The digest of the policy that applied last; null: none has. */
  readonly policy: string | null;
}

export interface CalendarRecord {
  readonly version: number;
  /** Null: it has none any more. */
  readonly calendar: Calendar | null;
}

/** What a loop is held to. */
export interface LoopTerms {
  readonly policies: Policies;
  /** When organizations work that say nothing of it. */
  readonly hubCalendar: Calendar;
}

export interface TransitionRecord {
  readonly taskId: string;
  readonly from: TaskStatus | null;
  readonly to: TaskStatus;
  /** The organization that made it. */
  readonly by: string | null;
  readonly progress?: string | null;
  readonly recordedAt: string;
}

export interface DeliveryRecord {
  readonly kind: string;
  readonly taskId: string;
  readonly status: string;
  readonly recipientOrg: string;
  readonly awaitsReader: boolean;
  readonly awaitsConsent: boolean;
  readonly settledAt: string | null;
  /** When somebody of its recipient first read here what it speaks of. */
  readonly readAt: string | null;
}

export interface AppointmentRecord {
  /** Of an Appointment. */
  readonly status: string;
  /** The requests and Tasks that it names. */
  readonly about: readonly (string | undefined)[];
}

/** What was done because something awaited did not come. */
export interface FiringRecord {
  readonly taskId: string;
  readonly step: string;
  /** The message whose answer did not come; '' of what else did not. */
  readonly messageId: string;
  readonly since: string;
  readonly what: RungAction;
  /** What came of it. */
  readonly result: Result;
}

/** A message that needs an answer, and has none. */
export interface QuestionRecord {
  readonly messageId: string;
  readonly taskId: string;
  /** The organization that is asked. */
  readonly to: string;
  readonly since: string;
  readonly due: string;
  /** Since when it is withheld from who is asked, for want of a consent; null: it is not. */
  readonly withheldSince: string | null;
}

/** A Task that is withheld from whom it asks, for want of a consent. */
export interface WithheldRecord {
  readonly taskId: string;
  readonly organizationId: string;
  readonly since: string;
}

/** What an organization has said of a Task, or done for it, on its own server, and could not be taken so far. */
export interface UntakenRecord {
  readonly taskId: string;
  readonly organizationId: string;
  /** When it was found first. */
  readonly since: string;
}

/** What of a referral says which policy applies to it. */
export function kindOf({ root, request }: Pick<LoopRecords, 'root' | 'request'>): LoopKind {
  return {
    instantiates: [
      ...(request.instantiatesCanonical ?? []),
      ...(root.instantiatesCanonical ? [root.instantiatesCanonical] : []),
    ],
    categories: (request.category ?? []).flatMap(({ coding }) => coding ?? []).flatMap(({ code }) => code ?? []),
    priority: priorityOf(root),
  };
}

export function priorityOf(root: Task): Priority {
  return PRIORITIES.find((priority) => priority === root.priority) ?? 'routine';
}
