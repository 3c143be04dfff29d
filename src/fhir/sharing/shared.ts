import type { Shown } from './subsetted.ts';

/** Why a resource is shared: as what it belongs to a Task. */
export const SHARE_REASONS = [
  /** The Task itself, with who is asked. */
  'task',
  /** What is asked. */
  'request',
  /** For whom. */
  'client',
  /** Why it is asked. */
  'reason',
  /** What is sent along. */
  'supporting-information',
  /** The content of a document that is sent along. */
  'document',
  /** What came of it, with who asked. */
  'outcome',
  /** What was said about it, with who asked. */
  'message',
] as const;
export type ShareReason = (typeof SHARE_REASONS)[number];

/** One resource shared with one organization, for a Task. */
export interface Share {
  readonly type: string;
  readonly id: string;
  readonly organizationId: string;
  readonly reason: ShareReason;
  readonly loopId: string;
  readonly taskId: string;
  /** The id of the Patient whom it tells of, whose consents are asked; undefined: of nobody. */
  readonly client: string | undefined;
  /** What of it is shown; undefined: all. */
  readonly shown?: Shown | undefined;
}

/** A share that a transaction has reason for, and of which it is not decided yet whether it may be. */
export interface PendingShare extends Share {
  /** When it is to end, where that is known already. */
  readonly endsAt?: Date | undefined;
}

/** Whether a share may be, and until when that is so. */
export interface Ruling {
  /** Why it is withheld; undefined: it is not. */
  readonly withheld: 'obtain-consent' | undefined;
  /** From when on it must be decided anew; undefined: never. */
  readonly until: Date | undefined;
  /** The Consents that permit it, as references. */
  readonly consents: readonly string[];
}

/** Which shares of a Task end, and when. */
export interface EndOfShares {
  readonly taskId: string;
  readonly organizationId: string;
  /** As what is kept what is not ended; all other shares end. */
  readonly keeps: readonly ShareReason[];
  /** Undefined: at once. */
  readonly at: Date | undefined;
  readonly because: string;
}
