import fc from 'fast-check';
import { mostly, often, oneOf, part, rarely } from '../arbitraries.ts';

/** What a party lists as the outcome: words, something it has written down beside, something it has not, or of somebody else. */
export type Listed = 'words' | 'procedure' | 'missing' | 'another';

/**
 * What a party that has a server of its own writes there about a Task, and whether the hub asks it then: it does, it does
 * not yet, or finds it away. `status`: null: it says nothing new of that.
 */
export type ThereCommand =
  | {
      readonly do: 'say-there';
      readonly part: number;
      readonly who: 'owner' | 'sender';
      readonly status: string | null;
      readonly hasReason: boolean;
      readonly lists: Listed | null;
      readonly asked: 'now' | 'later' | 'away';
    }
  | {
      readonly do: 'write-there';
      readonly part: number;
      readonly who: 'owner' | 'sender';
      readonly answerIn: number | null;
      readonly answers: number | null;
    };

export const sayingThere = fc.record({
  do: fc.constant('say-there' as const),
  part,
  who: often<'owner' | 'sender'>('owner', 'sender'),
  status: fc.oneof(
    {
      weight: 8,
      arbitrary: oneOf('accepted', 'in-progress', 'completed', 'rejected', 'on-hold', 'failed', 'cancelled'),
    },
    { weight: 3, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: oneOf('requested', 'draft', 'entered-in-error', 'received') },
  ),
  hasReason: mostly,
  lists: rarely.chain((isOdd) =>
    isOdd ? oneOf<Listed>('missing', 'another') : oneOf<Listed | null>(null, null, 'words', 'procedure'),
  ),
  asked: oneOf<'now' | 'later' | 'away'>('now', 'now', 'now', 'later', 'away'),
});
export const writingThere = fc.record({
  do: fc.constant('write-there' as const),
  part,
  who: often<'owner' | 'sender'>('owner', 'sender'),
  answerIn: often<number | null>(null, 72, -1),
  answers: often<number | null>(0, null, 1),
});
