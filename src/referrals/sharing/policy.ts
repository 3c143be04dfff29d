import type { ShareReason } from '../../fhir/sharing/shared.ts';

/** What an organization that was asked keeps when it is no longer asked, and for how long it keeps the rest. */
export interface EndOfAsking {
  readonly keeps: readonly ShareReason[];
  /** Days after the end until which all is kept; 0: none. */
  readonly days: number;
  /** Why, for people. */
  readonly because: string;
}

/** The statuses in which nobody is asked any more. */
export type EndStatus = 'completed' | 'failed' | 'rejected' | 'cancelled' | 'entered-in-error';

/** What becomes of what was shared for a Task, by the status it ended in. Data: a programme may bring its own. */
export type SharingPolicy = Readonly<Record<EndStatus, EndOfAsking>>;

export const DEFAULT_SHARING: SharingPolicy = {
  completed: {
    keeps: ['task', 'request'],
    days: 90,
    because:
      'Who did the work completes its own record of it; after that it keeps what was asked and what it answered.',
  },
  failed: {
    keeps: ['task'],
    days: 14,
    because: 'Who tried writes down how far it came; after that it keeps that it was asked.',
  },
  rejected: {
    keeps: ['task'],
    days: 0,
    because: 'Who declined has no use for the record of a person it does not serve; that it was asked, it may know.',
  },
  cancelled: {
    keeps: ['task'],
    days: 0,
    because: 'What is no longer asked gives no reason to read on; that it was withdrawn, must be readable.',
  },
  'entered-in-error': {
    keeps: ['task'],
    days: 0,
    because: 'It should not have been sent; that it was in error, must be readable.',
  },
};
