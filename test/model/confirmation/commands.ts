import fc from 'fast-check';
import { oneOf, rarely } from '../arbitraries.ts';

/** What a client may say of having received what is reported. */
export type Received = 'yes' | 'partly' | 'no';

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
