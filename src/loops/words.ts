import type { CodeableConcept, Task } from '@medplum/fhirtypes';

/** The statuses a referral Task may have; `received` and `ready` are not among them. @see https://hl7.org/fhir/us/sdoh-clinicalcare/STU2/StructureDefinition-SDOHCC-TaskForReferralManagement.html */
export const TASK_STATUSES = [
  'draft',
  'requested',
  'accepted',
  'rejected',
  'in-progress',
  'on-hold',
  'completed',
  'failed',
  'cancelled',
  'entered-in-error',
] as const;
export type TaskStatus = (typeof TASK_STATUSES)[number];

/** Progress that never changes the status: Task.businessStatus. */
export const PROGRESS_CODES = [
  'delivered',
  'seen',
  'awaiting-information',
  're-routing',
  'appointment-booked',
  'no-show',
  'visit-complete',
  'interim-outcome',
  'cancel-requested',
] as const;
export type Progress = (typeof PROGRESS_CODES)[number];

/** Why a loop closed. */
export const OUTCOME_CODES = [
  'services-provided',
  'partially-provided',
  'enrolled-ongoing',
  'client-declined',
  'client-unreachable',
  'not-eligible',
  'no-capacity',
  'duplicate',
  'client-moved',
  'client-died',
  'withdrawn-by-sender',
  'unresponsive-receiver',
  'receiver-declined',
  'not-provided',
  'entered-in-error',
] as const;
export type OutcomeCode = (typeof OUTCOME_CODES)[number];

/** What is awaited on an open loop. */
export const NEXT_STEPS = [
  'resolve-intake',
  'choose-recipient',
  'obtain-consent',
  'deliver',
  'decide',
  'first-contact',
  'progress',
  'resume',
  'report-outcome',
  'answer-cancel',
  'answer',
  'resolve-answer',
  'decide-after-decline',
  'decide-after-failure',
  'confirm-closing',
  'confirm-with-client',
  'decide-after-answer',
] as const;
export type NextStepCode = (typeof NEXT_STEPS)[number];

/** Who must act. */
export const WAITING_ON = ['receiver', 'case-manager', 'hub', 'sender', 'client'] as const;
export type WaitingOn = (typeof WAITING_ON)[number];

/** How far the hub has gone because something is late: reminded of it; case managers must look; supervisors must. */
export const ESCALATIONS = ['reminded', 'worklist', 'supervisor'] as const;
export type Escalation = (typeof ESCALATIONS)[number];

/**
 * What came of a rung of a ladder: it was done, or why it could not be. `others-told`: nobody here is a supervisor, and case
 * managers were told in their place; `nobody-of-role`: nobody is there who would look.
 */
export const RESULTS = [
  'done',
  'no-other-channel',
  'nobody-to-ask',
  'not-possible',
  'others-told',
  'nobody-of-role',
] as const;
export type Result = (typeof RESULTS)[number];

/** Code systems of this hub's own codes. */
export const SYSTEMS = {
  progress: 'https://careloop.dev/fhir/CodeSystem/progress',
  outcome: 'https://careloop.dev/fhir/CodeSystem/outcome',
  declineReason: 'https://careloop.dev/fhir/CodeSystem/decline-reason',
  task: 'https://careloop.dev/fhir/NamingSystem/task',
  request: 'https://careloop.dev/fhir/NamingSystem/service-request',
  offer: 'https://careloop.dev/fhir/NamingSystem/offer',
  message: 'https://careloop.dev/fhir/NamingSystem/message',
  confirmation: 'https://careloop.dev/fhir/CodeSystem/client-confirmation',
  nextStep: 'https://careloop.dev/fhir/CodeSystem/next-step',
  waitingOn: 'https://careloop.dev/fhir/CodeSystem/waiting-on',
} as const;

const TASK_CODES = 'http://hl7.org/fhir/CodeSystem/task-code';

/** `Task.code` of a referral. @see https://hl7.org/fhir/R4/codesystem-task-code.html */
export const FULFILL: CodeableConcept = {
  coding: [{ system: TASK_CODES, code: 'fulfill', display: 'Fulfill the focal request' }],
};

/** What a sender may ask of who has begun: to stop, to wait, to go on. @see https://hl7.org/fhir/R4/codesystem-task-code.html */
export const CHANGES_ASKED = ['abort', 'suspend', 'resume'] as const;
export type ChangeAsked = (typeof CHANGES_ASKED)[number];

/** `Task.code` of such a request. */
export function changeCode(code: ChangeAsked): CodeableConcept {
  return { coding: [{ system: TASK_CODES, code }] };
}

/** The code system of SDOH Clinical Care's output types (`resulting-activity` …). */
export const SDOHCC_CODES = 'http://hl7.org/fhir/us/sdoh-clinicalcare/CodeSystem/SDOHCC-CodeSystemTemporaryCodes';

const TERMINAL: ReadonlySet<string> = new Set(['completed', 'failed', 'rejected', 'cancelled', 'entered-in-error']);

/** Whether a status is final. */
export function isTerminal(status: string | undefined): boolean {
  return status !== undefined && TERMINAL.has(status);
}

/** Whether a Task asks somebody to fulfil a request, i.e. belongs to a loop. */
export function isReferralTask(task: Task): boolean {
  return (
    task.code?.coding?.some(({ code, system }) => code === 'fulfill' && system === FULFILL.coding?.[0]?.system) ?? false
  );
}

const HOLD_UNTIL = 'https://careloop.dev/fhir/StructureDefinition/hold-until';

/** Why a Task is on hold, and until which day, where somebody says so. */
export function asHold(text: string, until: string | undefined): CodeableConcept {
  return { text, ...(until ? { extension: [{ url: HOLD_UNTIL, valueDate: until }] } : {}) };
}

/** Until when a Task is on hold, a day or a moment, as the extension of its statusReason says. */
export function holdUntil(task: Task): string | undefined {
  if (task.status !== 'on-hold') return undefined;
  const said = task.statusReason?.extension?.find(({ url }) => url === HOLD_UNTIL);
  return said?.valueDate ?? said?.valueDateTime;
}

const REMAINS = 'https://careloop.dev/fhir/StructureDefinition/what-remains';

/** How a referral ended, as Task.statusReason: coded, in words, and what of the need remains, where somebody says so. */
export function asOutcome({ outcome, text, remains }: SaidOutcome): CodeableConcept {
  return withRemains({ coding: [{ system: SYSTEMS.outcome, code: outcome }], text }, remains);
}

/** How somebody says a referral ended. */
export interface SaidOutcome {
  readonly outcome: OutcomeCode;
  readonly text: string;
  readonly remains?: string | undefined;
}

/** A reason that says what remains; as it is where nothing does. */
export function withRemains(reason: CodeableConcept, remains: string | undefined): CodeableConcept {
  if (!remains) return reason;
  const others = (reason.extension ?? []).filter(({ url }) => url !== REMAINS);
  return { ...reason, extension: [...others, { url: REMAINS, valueString: remains }] };
}

/** What of the need remains, in words, as a Task that has ended says. */
export function remainsOf({ statusReason }: Task): string | undefined {
  return statusReason?.extension?.find(({ url }) => url === REMAINS)?.valueString?.trim() || undefined;
}

const REPLACES = 'https://careloop.dev/fhir/StructureDefinition/replaces';

/** A Task that says which loop it takes the place of, or that it takes none's: the hub says so, and nobody else. */
export function replacing<T extends Task>(task: T, loopId: string | undefined): T {
  const { extension, ...kept } = task;
  const others = (extension ?? []).filter(({ url }) => url !== REPLACES);
  const link = loopId ? [{ url: REPLACES, valueReference: { reference: `Task/${loopId}` } }] : [];
  const all = [...others, ...link];
  return { ...kept, ...(all.length > 0 ? { extension: all } : {}) } as T;
}

/** The loop that a Task takes the place of, by the id of its root. */
export function replacedBy(task: Task): string | undefined {
  const link = task.extension?.find(({ url }) => url === REPLACES)?.valueReference?.reference;
  return link?.startsWith('Task/') ? link.slice('Task/'.length) : undefined;
}

/** What a Task asks of who has begun another Task; undefined: it is no such request. */
export function changeAsked(task: Task): ChangeAsked | undefined {
  if (!task.focus?.reference?.startsWith('Task/')) return undefined;
  const codes = (task.code?.coding ?? []).filter(({ system }) => system === TASK_CODES).map(({ code }) => code);
  return CHANGES_ASKED.find((change) => codes.includes(change));
}

/** Of a part: what those that are asked for the same at once have in common, of whom the first that accepts has it. */
export function offerOf(task: Task): string | undefined {
  return task.groupIdentifier?.system === SYSTEMS.offer ? task.groupIdentifier.value : undefined;
}

/** The progress a Task shows, if it is one of ours. */
export function progressOf(task: Task): string | undefined {
  return task.businessStatus?.coding?.[0]?.code ?? task.businessStatus?.text;
}

/**
 * Progress that the hub has observed itself, as Task.businessStatus: nobody has chosen it, and it gives way to what anybody says.
 * @see https://hl7.org/fhir/R4/datatypes-definitions.html#Coding.userSelected
 */
export function asObserved(progress: Progress): CodeableConcept {
  return { coding: [{ system: SYSTEMS.progress, code: progress, userSelected: false }] };
}

/** Whether the hub has observed the progress that a Task shows, and nobody has said it. */
export function isObserved({ businessStatus }: Pick<Task, 'businessStatus'>): boolean {
  const [coding] = businessStatus?.coding ?? [];
  return coding?.system === SYSTEMS.progress && coding.userSelected === false;
}

/** A Task with the progress only that somebody has said. */
export function withoutObserved<T extends Pick<Task, 'businessStatus'>>(task: T): T {
  if (!isObserved(task)) return task;
  const { businessStatus: _observed, ...said } = task;
  return said as T;
}

/** The progress of a Task that somebody has said. */
export function saidProgressOf(task: Task): string | undefined {
  return isObserved(task) ? undefined : progressOf(task);
}

/** Whether its sender asked to cancel what an organization has begun, and nobody has answered. */
export function wantsCancel(task: Task): boolean {
  return progressOf(task) === 'cancel-requested';
}

/** A progress code as Task.businessStatus. */
export function asBusinessStatus(progress: Progress): CodeableConcept {
  return { coding: [{ system: SYSTEMS.progress, code: progress }] };
}

/** Why a Task has the status it has, in words. */
export function reasonOf(task: Task): string | undefined {
  return task.statusReason?.text ?? task.statusReason?.coding?.[0]?.display;
}

/** The outcome code a partner or person named as the reason of a status, if any. */
export function outcomeNamed(task: Task): OutcomeCode | undefined {
  const named = task.statusReason?.coding?.find(({ system }) => system === SYSTEMS.outcome)?.code;
  return OUTCOME_CODES.find((code) => code === named);
}
