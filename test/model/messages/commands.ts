import fc from 'fast-check';
import { often, oneOf, who } from '../arbitraries.ts';
import type { Who } from '../world.ts';

/** Somebody, by what they are to a message. */
export type WhoOfMessage = 'reader' | 'writer' | 'hub' | 'stranger';

/**
 * What somebody does about messages. `about`: which part, counted round; -1: the referral itself. `answerIn`: in how many
 * hours an answer is needed; null: none is. `answers`: which message it names as the one it answers; null: none.
 */
export type MessageCommand =
  | {
      readonly do: 'write';
      readonly about: number;
      readonly who: Who;
      readonly to: Who | null;
      readonly answerIn: number | null;
      readonly answers: number | null;
    }
  | { readonly do: 'receive'; readonly message: number; readonly who: WhoOfMessage }
  | { readonly do: 'withdraw'; readonly message: number; readonly who: WhoOfMessage };

const about = fc.integer({ min: -1, max: 2 });
const message = fc.nat(2);

export const writing = fc.record({
  do: fc.constant('write' as const),
  about,
  who,
  to: often<Who | null>(null, 'hub', 'owner', 'sender', 'stranger'),
  answerIn: fc.oneof({ weight: 3, arbitrary: oneOf(5, 72, 400) }, { weight: 2, arbitrary: oneOf(null, null, -1) }),
  answers: often<number | null>(null, 0, 1),
});
export const receiving = fc.record({
  do: fc.constant('receive' as const),
  message,
  who: often<WhoOfMessage>('reader', 'writer', 'hub', 'stranger'),
});
export const withdrawing = fc.record({
  do: fc.constant('withdraw' as const),
  message,
  who: often<WhoOfMessage>('writer', 'reader', 'hub', 'stranger'),
});
