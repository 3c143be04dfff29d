import fc from 'fast-check';
import { oneOf, rarely } from '../arbitraries.ts';
import { AGENCIES, type Agency } from '../world.ts';

/** What the client agrees to or not, as a case manager writes it down; and that it counts no more. `whom`: null: everybody. */
export type ConsentCommand =
  | { readonly do: 'consent'; readonly effect: 'deny' | 'permit'; readonly whom: Agency | null }
  | { readonly do: 'end-consent'; readonly consent: number };

export const consenting = fc.record({
  do: fc.constant('consent' as const),
  effect: oneOf<'deny' | 'permit'>('deny', 'deny', 'permit'),
  // Most often of those that are asked first.
  whom: rarely.chain((isOther) => (isOther ? oneOf(...AGENCIES) : oneOf<Agency | null>(null, 'anna', 'bread'))),
});
export const consentEnding = fc.record({ do: fc.constant('end-consent' as const), consent: fc.nat(2) });
