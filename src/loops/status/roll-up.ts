import { isTerminal, type Progress, type TaskStatus } from '../words.ts';

/** What roll-up needs to know of one leg. */
export interface LegState {
  readonly status: TaskStatus;
  readonly progress?: string | undefined;
  /** Whether what was done is here to be read (Task.output). */
  readonly hasOutput: boolean;
}

export interface RollUp {
  readonly status: TaskStatus;
  /** Progress the sender sees; undefined leaves it as it is, null clears it. */
  readonly progress: Progress | null | undefined;
}

/**
 * What the sender sees of a referral, from its legs. A decline does not decline the referral: as long as somebody may
 * still be asked, the sender sees that it is being re-routed. `completed` reaches the sender only when every live leg
 * has ended, one of them completed, and its outcome can be read. Pure.
 * @param root the root Task's status now
 */
export function rollUp(root: TaskStatus, legs: readonly LegState[]): RollUp {
  if (isTerminal(root) || legs.length === 0) return { status: root, progress: undefined };
  const live = legs.filter(({ status }) => !isTerminal(status));
  const completed = legs.filter(({ status }) => status === 'completed');
  if (live.length === 0 && completed.length > 0) {
    const told = completed.every(({ hasOutput }) => hasOutput);
    return told
      ? { status: 'completed', progress: null }
      : { status: atLeast(root, 'in-progress'), progress: undefined };
  }
  if (live.length === 0) return { status: root, progress: 're-routing' };
  return { status: liveStatus(root, live, completed.length > 0), progress: liveProgress(root, live, legs) };
}

function liveStatus(root: TaskStatus, live: readonly LegState[], anyCompleted: boolean): TaskStatus {
  if (anyCompleted || live.some(({ status }) => status === 'in-progress')) return 'in-progress';
  if (live.every(({ status }) => status === 'on-hold')) return root === 'requested' ? 'accepted' : 'on-hold';
  if (live.some(({ status }) => status === 'accepted')) return atLeast(root, 'accepted');
  return root;
}

function liveProgress(
  root: TaskStatus,
  live: readonly LegState[],
  legs: readonly LegState[],
): Progress | null | undefined {
  const news = NEWS.find((each) => live.some(({ progress }) => progress === each));
  if (news) return news;
  const asked = live.every(({ status }) => status === 'requested');
  // Declined, given up, or not answered in time: somebody else is asked.
  const isOut = legs.some(({ status }) => isTerminal(status) && status !== 'completed');
  if (asked && isOut) return 're-routing';
  return root === 'requested' && asked ? undefined : null;
}

/** Progress of a leg that concerns the sender, what it may have to act on first. */
const NEWS: readonly Progress[] = [
  'awaiting-information',
  'no-show',
  'appointment-booked',
  'interim-outcome',
  'visit-complete',
];

const ORDER: readonly TaskStatus[] = ['draft', 'requested', 'accepted', 'in-progress'];

/** A root never goes back: a second leg that has only been asked does not undo what the first achieved. */
function atLeast(root: TaskStatus, status: TaskStatus): TaskStatus {
  if (root === 'on-hold') return 'in-progress';
  return ORDER.indexOf(root) >= ORDER.indexOf(status) ? root : status;
}
