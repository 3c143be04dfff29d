import type {
  Candidates,
  ConfirmationLink,
  Form,
  Leg,
  LoopCounts,
  LoopDetail,
  LoopList,
  LoopMessage,
  LoopMessages,
  LoopSummary,
  LoopsBehind,
  Measured,
  MeasuredNumber,
  Measures,
  MessageInput,
  NextStep,
  Party,
  SavedFilter,
  TimelineEntry,
  TimelinePage,
} from './schema.d.ts';

// The shapes of the hub's API by the names the screens use; `schema.d.ts` is made from its OpenAPI document.

export type {
  ConfirmationLink,
  Form,
  Leg,
  LoopDetail,
  LoopMessage,
  LoopMessages,
  LoopSummary,
  LoopsBehind,
  Measured,
  MeasuredNumber,
  Measures,
  MessageInput,
  NextStep,
  Party,
  TimelineEntry,
  TimelinePage,
};

export type Candidate = Candidates['organizations'][number];
export type Question = Form['questions'][number];
export type LoopState = LoopSummary['state'];
export type Priority = LoopSummary['priority'];
export type TaskStatus = LoopSummary['status'];
export type WaitingOnKind = NextStep['waitingOn']['kind'];
export type NextStepCode = NextStep['step'];
export type OutcomeCode = NonNullable<LoopSummary['outcome']>['code'];

export type LoopsAnswer = LoopList;
export type { LoopCounts, SavedFilter };

export type StatusEntry = Extract<TimelineEntry, { kind: 'status' }>;
export type PolicyEntry = Extract<TimelineEntry, { kind: 'policy' }>;
export type DeliveryEntry = Extract<TimelineEntry, { kind: 'delivery' }>;
export type ConfirmationEntry = Extract<TimelineEntry, { kind: 'confirmation' }>;
export type FindingEntry = Extract<TimelineEntry, { kind: 'finding' }>;
export type EscalationEntry = Extract<TimelineEntry, { kind: 'escalation' }>;
export type TimelineKind = TimelineEntry['kind'];
export type NoteEntry = Extract<TimelineEntry, { kind: 'note' }>;
export type AppointmentEntry = Extract<TimelineEntry, { kind: 'appointment' }>;
export type ShareEntry = Extract<TimelineEntry, { kind: 'share' }>;
export type ConsentEntry = Extract<TimelineEntry, { kind: 'consent' }>;
export type SignOffEntry = Extract<TimelineEntry, { kind: 'sign-off' }>;
export type MessageEntry = Extract<TimelineEntry, { kind: 'message' }>;
export type TransitionSource = StatusEntry['source'];
export type DeliveryMessage = DeliveryEntry['message'];
export type DeliveryStatus = DeliveryEntry['status'];

/** How the hub says what went wrong. */
export interface OperationOutcome {
  resourceType: 'OperationOutcome';
  issue: {
    severity: string;
    code: string;
    details?: { text?: string; coding?: { code?: string }[] };
    expression?: string[];
  }[];
}
