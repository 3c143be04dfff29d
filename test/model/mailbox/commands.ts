import fc from 'fast-check';
import { oneOf, part } from '../arbitraries.ts';

/**
 * What an agency that has only a mailbox says by a link and a code: where it stands (`moved`: it failed, for the client has), or
 * what it says to a request of its sender's.
 */
export const MAILED = [
  'accepted',
  'in-progress',
  'completed',
  'rejected',
  'on-hold',
  'failed',
  'moved',
  'agrees',
  'refuses',
] as const;

/** What is said by a link that was mailed. `part`: of those that were, counted round. `answers`: a message, as of `write`. */
export type MailboxCommand =
  | { readonly do: 'answer-by-mail'; readonly part: number; readonly says: (typeof MAILED)[number] }
  | { readonly do: 'write-by-mail'; readonly part: number; readonly answers: number | null };

export const answeringByMail = fc.record({
  do: fc.constant('answer-by-mail' as const),
  part,
  says: oneOf(...MAILED),
});
export const writingByMail = fc.record({
  do: fc.constant('write-by-mail' as const),
  part,
  answers: oneOf<number | null>(0, 1, null),
});
