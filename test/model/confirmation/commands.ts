import fc from 'fast-check';
import { oneOf, rarely } from '../arbitraries.ts';
import type { Received } from '../state.ts';

/** What a case manager does with the question to a client: puts it by telephone, or hands out a link to it. */
export type ClientCommand =
  | { readonly do: 'client-says'; readonly received: Received; readonly needRemains: boolean }
  | { readonly do: 'hand-link' };

export const clientSaying = fc.record({
  do: fc.constant('client-says' as const),
  received: oneOf<Received>('yes', 'partly', 'no'),
  needRemains: rarely,
});
export const linkHanding = fc.constant<ClientCommand>({ do: 'hand-link' });
