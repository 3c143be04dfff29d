import fc from 'fast-check';
import { often, oneOf, rarely } from '../arbitraries.ts';
import type { Answering, Received } from '../state.ts';

/**
 * What is done with the question to a client: a case manager puts it by telephone, or hands out a link to it; the client
 * answers by the link that was handed out last, or by an earlier one.
 */
export type ClientCommand =
  | ({ readonly do: 'client-says' } & Answering)
  | ({ readonly do: 'answer-link'; readonly link: 'last' | 'earlier' } & Answering)
  | { readonly do: 'hand-link' };

const answering = { received: oneOf<Received>('yes', 'partly', 'no'), needRemains: rarely };

export const clientSaying = fc.record({ do: fc.constant('client-says' as const), ...answering });
export const linkAnswering = fc.record({
  do: fc.constant('answer-link' as const),
  link: often<'last' | 'earlier'>('last', 'earlier'),
  ...answering,
});
export const linkHanding = fc.constant<ClientCommand>({ do: 'hand-link' });
