import { isTerminal, TASK_STATUSES, type TaskStatus } from '../words.ts';

/** On whose side the one who reports stands: the requester's, or the owner's (who does the work). */
export type Side = 'requester' | 'owner';

type Sides = 'R' | 'O' | 'RO';

/**
 * Who may move a referral Task from one status to another. Anything not listed is refused.
 * Steps small agencies leave out (accepting before they begin or finish) are in `IMPLIED`.
 * @see https://hl7.org/fhir/us/sdoh-clinicalcare/STU2/StructureDefinition-SDOHCC-TaskForReferralManagement.html
 */
const TABLE: Readonly<Record<TaskStatus, Partial<Record<TaskStatus, Sides>>>> = {
  draft: { requested: 'R', 'entered-in-error': 'R' },
  requested: { accepted: 'O', rejected: 'O', cancelled: 'RO', 'entered-in-error': 'R' },
  accepted: {
    'in-progress': 'O',
    'on-hold': 'O',
    completed: 'O',
    failed: 'O',
    cancelled: 'RO',
    'entered-in-error': 'R',
  },
  'in-progress': { 'on-hold': 'O', completed: 'O', failed: 'O', cancelled: 'O', 'entered-in-error': 'R' },
  'on-hold': { 'in-progress': 'O', completed: 'O', failed: 'O', cancelled: 'RO', 'entered-in-error': 'R' },
  completed: {},
  failed: {},
  rejected: {},
  cancelled: {},
  'entered-in-error': {},
};

/** Who begins or finishes without a word has accepted: the step left out is recorded as implied. */
const IMPLIED: readonly { readonly from: TaskStatus; readonly to: TaskStatus; readonly by: TaskStatus }[] = [
  { from: 'requested', to: 'in-progress', by: 'accepted' },
  { from: 'requested', to: 'completed', by: 'accepted' },
];

/** Statuses that say nothing without a reason. */
const NEEDS_REASON: ReadonlySet<TaskStatus> = new Set(['rejected', 'cancelled', 'on-hold', 'failed']);

export interface Step {
  readonly from: TaskStatus;
  readonly to: TaskStatus;
  readonly implied: boolean;
}

export type Verdict =
  | { readonly kind: 'steps'; readonly steps: readonly Step[] }
  | { readonly kind: 'same' }
  | { readonly kind: 'cancel-request' }
  /** `element`: what of the Task is to be corrected. */
  | { readonly kind: 'refused'; readonly element: 'status' | 'statusReason'; readonly text: string };

/**
 * Decides what a reported status means: the steps it makes, nothing new, a request to cancel work that has begun, or a
 * refusal that names the current status, the attempted one and the legal next ones. Pure.
 * @param reason Task.statusReason in words
 */
export function transition(from: TaskStatus, to: string, side: Side, reason: string | undefined): Verdict {
  if (from === to) return { kind: 'same' };
  if (!isTaskStatus(to)) return refused(from, to, side, `"${to}" is not a status of referral Tasks.`);
  // After work began only the owner ends it; the requester's "cancelled" is a request with an outcome.
  const asks = from === 'in-progress' && to === 'cancelled' && side === 'requester';
  const steps = stepsBetween(from, to, side);
  if (!steps && !asks) return refused(from, to, side, whyNot(from, to));
  if (NEEDS_REASON.has(to) && !reason?.trim()) return silent(to, asks);
  return steps ? { kind: 'steps', steps } : { kind: 'cancel-request' };
}

function silent(to: TaskStatus, asks: boolean): Verdict {
  const forWhom = asks ? 'those who have begun' : 'the person who asked';
  const text = `A Task that becomes ${to} needs statusReason.text: say why, for ${forWhom}.`;
  return { kind: 'refused', element: 'statusReason', text };
}

/** The statuses a side may move a Task to. Pure. */
export function legalNext(from: TaskStatus, side: Side): TaskStatus[] {
  return TASK_STATUSES.filter((to) => stepsBetween(from, to, side) !== undefined);
}

export function isTaskStatus(value: string | undefined): value is TaskStatus {
  return TASK_STATUSES.some((status) => status === value);
}

function stepsBetween(from: TaskStatus, to: TaskStatus, side: Side): Step[] | undefined {
  if (allowed(from, to, side)) return [{ from, to, implied: false }];
  const shortcut = IMPLIED.find((each) => each.from === from && each.to === to);
  if (!shortcut || side !== 'owner') return undefined;
  return [
    { from, to: shortcut.by, implied: true },
    { from: shortcut.by, to, implied: false },
  ];
}

function allowed(from: TaskStatus, to: TaskStatus, side: Side): boolean {
  const sides = TABLE[from][to];
  return sides?.includes(side === 'owner' ? 'O' : 'R') ?? false;
}

function whyNot(from: TaskStatus, to: TaskStatus): string {
  if (isTerminal(from)) return `${from} is final. To ask again, send a new referral that replaces this one.`;
  if (TABLE[from][to]) return 'The other side does that.';
  return 'The step does not exist.';
}

function refused(from: TaskStatus, to: string, side: Side, why: string): Verdict {
  const next = legalNext(from, side);
  const options =
    next.length > 0
      ? `From ${from} the ${side} may go to: ${next.join(', ')}.`
      : `From ${from} the ${side} may change nothing.`;
  return { kind: 'refused', element: 'status', text: `The Task is ${from} and cannot become ${to}. ${why} ${options}` };
}
