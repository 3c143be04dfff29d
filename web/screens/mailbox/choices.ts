import type { MailboxAnswerInput } from '../../api/mailbox.ts';

/** What an agency may say of what is asked. */
export type Said = MailboxAnswerInput['status'];
/** The field in which something is chosen. */
export type Choosing = 'why' | 'outcome';

export interface Choice {
  readonly status: Said;
  readonly choosing?: Choosing;
  readonly of: readonly Code[];
  readonly asksWords?: true;
  readonly asksUntil?: true;
  readonly asksRemains?: true;
}

const DECLINING = [
  'no-capacity',
  'not-eligible',
  'out-of-area',
  'missing-documents',
  'lack-of-resources',
  'other',
] as const;
const NOT_DONE = [
  'client-unreachable',
  'client-declined',
  'not-eligible',
  'no-capacity',
  'client-moved',
  'client-died',
  'duplicate',
  'not-provided',
] as const;
const DONE = ['services-provided', 'partially-provided', 'enrolled-ongoing'] as const;
type Code = (typeof DECLINING | typeof NOT_DONE | typeof DONE)[number];

/** Each with what must be said along, in the order in which they are offered: what is said most of the time first. */
export const CHOICES: readonly Choice[] = [
  { status: 'agrees', of: [] },
  { status: 'refuses', of: [], asksWords: true },
  { status: 'accepted', of: [] },
  { status: 'rejected', of: DECLINING, choosing: 'why', asksWords: true },
  { status: 'in-progress', of: [] },
  { status: 'completed', of: DONE, choosing: 'outcome', asksWords: true, asksRemains: true },
  { status: 'on-hold', of: [], asksWords: true, asksUntil: true },
  { status: 'failed', of: NOT_DONE, choosing: 'why', asksWords: true },
];
