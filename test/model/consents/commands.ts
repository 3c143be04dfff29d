import fc from 'fast-check';
import { often, oneOf, rarely } from '../arbitraries.ts';
import { AGENCIES, type Agency } from '../world.ts';

/**
 * What the client agrees to or not, as a case manager or the sender writes it down; and that it counts no more. `whom`: null:
 * everybody. `begins`, `lasts`: in how many hours, and for how many then; null: at once, and for ever.
 */
export type ConsentCommand =
  | {
      readonly do: 'consent';
      readonly effect: 'deny' | 'permit';
      readonly whom: Agency | null;
      readonly by: 'hub' | 'sender';
      readonly begins: number | null;
      readonly lasts: number | null;
    }
  | { readonly do: 'end-consent'; readonly consent: number; readonly by: 'hub' | 'writer' };

export const consenting = fc.record({
  do: fc.constant('consent' as const),
  effect: oneOf<'deny' | 'permit'>('deny', 'deny', 'permit'),
  // Most often of those that are asked first.
  whom: rarely.chain((isOther) => (isOther ? oneOf(...AGENCIES) : oneOf<Agency | null>(null, 'anna', 'bread'))),
  by: often<'hub' | 'sender'>('hub', 'sender'),
  begins: often<number | null>(null, 20, 100),
  lasts: often<number | null>(null, 15, 200),
});
export const consentEnding = fc.record({
  do: fc.constant('end-consent' as const),
  consent: fc.nat(2),
  by: oneOf<'hub' | 'writer'>('hub', 'writer'),
});
