// What the hub's HTTP API answers, as its OpenAPI document (/api/openapi.json) says. The only place that knows.

export type LoopState = 'open' | 'closed';
export type Priority = 'routine' | 'urgent' | 'asap' | 'stat';
export type WaitingOnKind = 'receiver' | 'case-manager' | 'hub' | 'sender';

export type TaskStatus =
  | 'draft'
  | 'requested'
  | 'accepted'
  | 'rejected'
  | 'in-progress'
  | 'on-hold'
  | 'completed'
  | 'failed'
  | 'cancelled'
  | 'entered-in-error';

export type NextStepCode =
  | 'choose-recipient'
  | 'deliver'
  | 'decide'
  | 'first-contact'
  | 'progress'
  | 'resume'
  | 'report-outcome'
  | 'decide-after-decline'
  | 'decide-after-failure'
  | 'confirm-closing';

export type OutcomeCode =
  | 'services-provided'
  | 'partially-provided'
  | 'enrolled-ongoing'
  | 'client-declined'
  | 'client-unreachable'
  | 'not-eligible'
  | 'no-capacity'
  | 'duplicate'
  | 'client-moved'
  | 'client-died'
  | 'withdrawn-by-sender'
  | 'unresponsive-receiver'
  | 'entered-in-error';

export interface Party {
  id: string;
  name: string;
}

export interface NextStep {
  step: NextStepCode;
  waitingOn: { kind: WaitingOnKind; party: Party | null };
  since: string;
  due: string | null;
  late: boolean;
}

export interface LoopSummary {
  id: string;
  client: { reference: string; name: string };
  service: string;
  category: string | null;
  priority: Priority;
  sender: Party;
  receiver: Party | null;
  state: LoopState;
  status: TaskStatus;
  /** Task.businessStatus */
  progress: string | null;
  nextStep: NextStep | null;
  outcome: { code: OutcomeCode; text: string | null } | null;
  openedAt: string;
  updatedAt: string;
  closedAt: string | null;
}

export interface LoopCounts {
  open: number;
  late: number;
  closed: number;
}

export interface LoopsAnswer {
  loops: LoopSummary[];
  next: string | null;
  counts: LoopCounts;
}

export interface Leg {
  id: string;
  organization: Party;
  status: TaskStatus;
  progress: string | null;
  reason: string | null;
  offeredAt: string;
  decidedAt: string | null;
  endedAt: string | null;
}

export type TransitionSource = 'fhir' | 'console' | 'poll' | 'timer' | 'hub';
export type DeliveryMessage = 'offer' | 'status' | 'closing' | 'cancel';
export type DeliveryStatus = 'pending' | 'sending' | 'delivered' | 'rejected' | 'dead' | 'withdrawn';

interface Recorded {
  id: string;
  at: string;
  recordedAt: string;
}

export interface StatusEntry extends Recorded {
  kind: 'status';
  of: 'root' | 'leg';
  organization: Party | null;
  actor: Party | null;
  from: TaskStatus | null;
  to: TaskStatus;
  /** Task.businessStatus; an entry whose status stayed the same is news of it. */
  progress: string | null;
  reason: string | null;
  implied: boolean;
  source: TransitionSource;
}

export interface DeliveryEntry extends Recorded {
  kind: 'delivery';
  message: DeliveryMessage;
  recipient: Party;
  status: DeliveryStatus;
  attempts: number;
  lastCode: string | null;
  nextAt: string | null;
  settledAt: string | null;
}

export type TimelineEntry = StatusEntry | DeliveryEntry;

export interface LoopDetail extends LoopSummary {
  legs: Leg[];
  timeline: TimelineEntry[];
}

export interface OperationOutcome {
  resourceType: 'OperationOutcome';
  issue: { severity: string; code: string; details?: { text?: string } }[];
}
